import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { z } from "zod";
import { getJson } from "../../../scripts/cli/json-api.ts";
import { openHcpTerraform } from "../../../scripts/terraform/hcp-terraform-api.ts";
import { expectCode } from "../../support/errors.ts";

describe("the client of JSON APIs, for HCP Terraform,", () => {
  let server: Server;
  let respond: RequestListener;

  before(async () => {
    server = createServer((request, response) => respond(request, response)).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => server.close());

  const get = async () => {
    const TFE_ADDRESS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const api = await openHcpTerraform({ TFE_ADDRESS, TF_TOKEN_127_0_0_1: "t" });
    const schema = z.object({ data: z.object({ id: z.string() }) });
    return getJson(api, "/organizations/o", { schema, wait: async () => {} });
  };

  for (const [what, text] of [
    ["a login page", "<html>Welcome</html>"],
    ["other JSON", '{"data":[]}'],
    ["null", "null"],
    ["an empty body", ""],
  ] as const) {
    it(`rejects ${what} in a response`, async () => {
      respond = (_, response) => response.end(text);
      await expectCode("api-unexpected-response", get);
    });
  }

  it("finds an object, after waiting while it is throttled", async () => {
    const statuses = [429, 429, 429, 429, 200];
    const found = { id: "o", type: "organizations" };
    respond = (_, response) => response.writeHead(statuses.shift()!).end(JSON.stringify({ data: found }));
    expect(await get()).to.deep.equal({ data: found });
  });

  it("finds nothing where the token has no access", async () => {
    respond = (_, response) => response.writeHead(404).end();
    expect(await get()).to.equal(undefined);
  });

  it("reports a response that breaks off", async () => {
    respond = (_, response) => {
      response.write("{", () => response.destroy());
    };
    await expectCode("api-unreachable", get);
  });

  for (const [status, kind] of [
    [400, "bad-request"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [409, "conflict"],
    [422, "bad-request"],
    [429, "rate-limited"],
    [503, "server-error"],
  ] as const) {
    it(`fails with api-${kind} at ${status}`, async () => {
      respond = (_, response) => response.writeHead(status).end();
      await expectCode(`api-${kind}`, get);
    });
  }
});
