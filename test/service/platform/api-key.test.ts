import { expect } from "chai";
import { routesWithoutApiKey } from "../../../service/routes.ts";
import { resources } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import { newPerson, startService, useService } from "../../support/service.ts";

describe("The app's API key, where there is no API Gateway to check it", () => {
  const service = useService(() => startService({}, { apiKey: "the app's key" }));

  let theirs: object;
  before(() => {
    const gateway = resources(allStacks(), "aws_api_gateway_gateway_response").find(
      ({ attributes }) => attributes.response_type === "INVALID_API_KEY",
    )!;
    const template = Object.values(gateway.attributes.response_templates)[0] as string;
    theirs = JSON.parse(template.replace(/\$context\.\w+/g, "x"));
  });

  const register = (key: string | undefined) =>
    service.send("POST", "/v1/auth/register", {
      body: newPerson(),
      headers: key === undefined ? {} : { "x-api-key": key },
    });

  it("lets requests with the key pass", async () => {
    expect((await register("the app's key")).status).to.equal(201);
  });

  it("is required of every other request, in the words of API Gateway", async () => {
    for (const key of ["", "another", "the app's keys"]) {
      const { status, body } = await register(key);
      expect(status, key).to.equal(403);
      expect({ ...body, instance: "" }).to.deep.equal({ ...theirs, instance: "" });
    }
    expect((await service.send("GET", "/nothing")).status).to.equal(403);
  });

  it("is not required on the routes without one", async () => {
    for (const path of routesWithoutApiKey) {
      expect((await service.send("GET", path)).status, path).to.not.equal(403);
    }
  });

  it("is not required in a preflight request of a browser", async () => {
    const headers = { origin: "https://app.test", "access-control-request-method": "POST" };
    const { status, headers: allowed } = await service.send("OPTIONS", "/v1/auth/register", { headers });
    expect(status).to.equal(204);
    expect(allowed.get("access-control-allow-headers")).to.match(/x-api-key/i);
  });

  it("is refused in a response that the web app can read", async () => {
    const headers = { origin: "https://app.test" };
    const refused = await service.send("GET", "/v1/users/me", { headers });
    expect(refused.status).to.equal(403);
    expect(refused.headers.get("access-control-allow-origin")).to.equal("https://app.test");
  });
});
