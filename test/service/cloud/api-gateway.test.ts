import type { Context } from "aws-lambda";
import { expect } from "chai";
import { toApiGatewayEvent } from "../../../scripts/aws/api-gateway-event.ts";
import { apiGatewayHandler } from "../../../service/cloud/api-gateway.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { foreignEvents, personalMarker } from "../../support/foreign-events.ts";
import { startService, type TestService } from "../../support/service.ts";

const context = { awsRequestId: "id-of-lambda" } as Context;

const logTo = (lines: Record<string, unknown>[]) => jsonLogger((line) => lines.push(JSON.parse(line)));

describe("An event that is no request of the REST API", () => {
  let service: TestService;
  const lines: Record<string, unknown>[] = [];
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  beforeEach(() => {
    lines.length = 0;
  });

  const invoke = async (event: unknown) =>
    (await apiGatewayHandler(service.app, logTo(lines))(event, context)) as Record<string, unknown>;

  for (const { name, event, kind, isHttp } of foreignEvents) {
    it(`is answered with a problem and logged once: ${name}`, async () => {
      const answer = await invoke(event);
      const problem = isHttp ? JSON.parse(answer.body as string) : answer;
      expect(problem).to.include({
        type: `https://ecobeat.app/problems/${isHttp ? "internal" : "unsupported-event"}`,
        instance: "urn:request:id-of-lambda",
      });
      if (isHttp) {
        expect(answer).to.include({ statusCode: 500, isBase64Encoded: false });
        for (const headers of [answer.headers, answer.multiValueHeaders] as Record<string, unknown>[]) {
          expect([headers["Content-Type"]].flat()).to.deep.equal(["application/problem+json"]);
        }
      }
      expect(lines).to.have.length(1);
      expect(lines[0]).to.include({
        level: isHttp ? "error" : "warn",
        message: "unsupported event",
        request_id: "id-of-lambda",
        event_kind: kind,
      });
      expect(JSON.stringify([answer, lines])).not.to.contain(personalMarker);
    });
  }

  it("does not hide that the next one is", async () => {
    await invoke({});
    expect(await invoke(toApiGatewayEvent({ path: "/health/live" }))).to.include({ statusCode: 200 });
  });
});

describe("A request that fails outside the app", () => {
  it("is answered with a problem, and logged once with the request id of API Gateway", async () => {
    const lines: Record<string, unknown>[] = [];
    const failing = () => {
      throw new Error("outside the app");
    };
    const handler = apiGatewayHandler(failing, logTo(lines));
    const { statusCode, body } = await handler(toApiGatewayEvent({ path: "/", requestId: "id" }), context);
    expect(statusCode).to.equal(500);
    expect(JSON.parse(body)).to.include({ instance: "urn:request:id", title: "Internal error" });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: "error", request_id: "id" });
    expect(lines[0]).to.have.nested.include({ "cause.message": "outside the app" });
  });
});
