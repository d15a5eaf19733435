import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { expect } from "chai";
import { toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";
import { apiGatewayHandler, gatewayRequestId } from "../../service/cloud/api-gateway.ts";
import { defaultLimits } from "../../service/config.ts";
import { staging } from "../../stacks/environments/staging.ts";
import { functionName } from "../../stacks/names.ts";
import { newPerson, startService, type TestService } from "../support/service.ts";

interface PowerTuningInput {
  lambdaARN: string;
  powerValues: number[];
  num: number;
  payload: APIGatewayProxyEvent;
}

/** https://github.com/alexcasalboni/aws-lambda-power-tuning/blob/master/README-EXECUTE.md */
const fields = [
  ...["lambdaARN", "num", "powerValues", "payload", "payloadS3", "parallelInvocation", "strategy"],
  ...["balancedWeight", "autoOptimize", "preProcessorARN", "postProcessorARN", "discardTopBottom"],
  ...["includeOutputResults", "onlyColdStarts"],
];

const page = readFileSync(join(import.meta.dirname, "../../docs/right-sizing.md"), "utf8");

/** The page's input for a function, with words replaced. */
function inputFor(id: string, words: Record<string, string> = {}): PowerTuningInput {
  const block = [...page.matchAll(/```json\n(.*?)```/gs)].find(([, json]) => json!.includes(`-${id}"`))![1]!;
  return JSON.parse(Object.entries(words).reduce((text, [word, value]) => text.replace(word, value), block));
}

describe("the inputs of Power Tuning in the page", () => {
  const { accountId, region, functions } = staging;

  for (const id of ["auth", "api"]) {
    it(`measure ${id} of staging at sizes of Lambda, its own among them`, () => {
      const { lambdaARN, powerValues, num, ...more } = inputFor(id);
      expect(lambdaARN).to.equal(`arn:aws:lambda:${region}:${accountId}:function:${functionName("staging", id)}`);
      expect(powerValues).to.include(functions.memoryMb);
      for (const power of powerValues) {
        expect(power).to.satisfy(Number.isInteger).and.to.be.within(128, 10_240);
      }
      expect(num).to.be.at.least(5);
      expect(fields).to.include.members(Object.keys(more));
      expect(toApiGatewayEvent({ path: "/" })).to.include.keys(Object.keys(more.payload));
    });
  }

  it("stay within the limit of logins per user", () => {
    const { num, powerValues } = inputFor("auth");
    expect(num * powerValues.length).to.be.below(defaultLimits.loginsByUser.requests);
  });

  describe("have payloads that the service", () => {
    let service: TestService;
    before(async () => {
      service = await startService();
    });
    after(() => service.stop());

    const invoke = async ({ payload }: PowerTuningInput) => {
      const handler = apiGatewayHandler((request, response) => {
        expect(gatewayRequestId()).to.equal("power-tuning");
        service.app(request, response);
      });
      const { statusCode, body } = await handler(payload, {} as Context);
      return { statusCode, body: JSON.parse(body) };
    };

    it("answers with 200", async () => {
      const person = newPerson();
      await service.send("POST", "/v1/auth/register", { body: person });
      const login = await invoke(inputFor("auth", { EMAIL: person.email, PASSWORD: person.password }));
      expect(login).to.deep.include({ statusCode: 200 });
      const profile = await invoke(inputFor("api", { ACCESS_TOKEN: login.body.access_token }));
      expect(profile).to.have.nested.include({ statusCode: 200, "body.email": person.email });
    });

    it("refuses before the words are replaced", async () => {
      expect((await invoke(inputFor("api"))).statusCode).to.equal(401);
    });
  });
});
