import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HcpTerraformClient } from "../../../scripts/hcp-terraform/client.ts";
import { expectCode } from "../../support/errors.ts";

describe("the client of HCP Terraform", () => {
  let server: Server;
  let respond: RequestListener;

  before(async () => {
    server = createServer((request, response) => respond(request, response)).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => server.close());

  const get = () => {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new HcpTerraformClient({ baseUrl, token: "t" }, async () => {}).get("/organizations/o");
  };

  for (const [what, text] of [
    ["a login page", "<html>Welcome</html>"],
    ["other JSON", '{"data":[]}'],
    ["an empty body", ""],
  ] as const) {
    it(`rejects ${what} in a response`, async () => {
      respond = (_, response) => response.end(text);
      await expectCode("hcp-terraform-unexpected-response", get);
    });
  }

  it("reports a response that breaks off", async () => {
    respond = (_, response) => {
      response.write("{", () => response.destroy());
    };
    await expectCode("hcp-terraform-unreachable", get);
  });

  for (const [status, kind] of [
    [400, "bad-request"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not-found"],
    [409, "conflict"],
    [422, "bad-request"],
    [429, "rate-limited"],
    [503, "server-error"],
  ] as const) {
    it(`fails with hcp-terraform-${kind} at ${status}`, async () => {
      respond = (_, response) => response.writeHead(status).end();
      await expectCode(`hcp-terraform-${kind}`, get);
    });
  }
});
