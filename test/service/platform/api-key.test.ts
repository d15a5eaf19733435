import { expect } from "chai";
import { routesWithoutApiKey } from "../../../service/routes.ts";
import { resources } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import { newPerson, startService, type TestService } from "../../support/service.ts";

describe("The app's API key, where there is no API Gateway to check it", () => {
  let service: TestService;
  before(async () => {
    service = await startService({}, { apiKey: "the app's key" });
  });
  after(() => service.stop());

  const register = (key: string | undefined) =>
    service.send("POST", "/v1/auth/register", {
      body: newPerson(),
      headers: key === undefined ? {} : { "x-api-key": key },
    });

  it("lets requests with the key pass", async () => {
    expect((await register("the app's key")).status).to.equal(201);
  });

  it("is demanded of every other request, in the words of API Gateway", async () => {
    for (const key of ["", "another", "the app's keys"]) {
      const { status, body } = await register(key);
      expect(status, key).to.equal(403);
      const gateway = resources(allStacks(), "aws_api_gateway_gateway_response").find(
        ({ attributes }) => attributes.response_type === "INVALID_API_KEY",
      )!;
      const template = Object.values(gateway.attributes.response_templates)[0] as string;
      const theirs = JSON.parse(template.replace(/\$context\.\w+/g, "x"));
      expect({ ...body, instance: "" }).to.deep.equal({ ...theirs, instance: "" });
    }
    expect((await service.send("GET", "/nothing")).status).to.equal(403);
  });

  it("is not demanded on the routes that have none", async () => {
    for (const path of routesWithoutApiKey) {
      expect((await service.send("GET", path)).status, path).to.not.equal(403);
    }
  });

  it("is not demanded of a browser that asks leave to send it", async () => {
    const headers = { origin: "https://app.test", "access-control-request-method": "POST" };
    const { status, headers: answer } = await service.send("OPTIONS", "/v1/auth/register", { headers });
    expect(status).to.equal(204);
    expect(answer.get("access-control-allow-headers")).to.match(/x-api-key/i);
  });

  it("can be refused readably to a page of the app", async () => {
    const headers = { origin: "https://app.test" };
    const refused = await service.send("GET", "/v1/users/me", { headers });
    expect(refused.status).to.equal(403);
    expect(refused.headers.get("access-control-allow-origin")).to.equal("https://app.test");
  });
});
