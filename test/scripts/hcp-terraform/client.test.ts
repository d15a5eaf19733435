import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { HcpTerraformClient } from "../../../scripts/hcp-terraform/client.ts";
import { ConfigurationError } from "../../../service/config.ts";

describe("the client of HCP Terraform", () => {
  let server: Server;
  let answer: RequestListener;

  before(async () => {
    server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => server.close());

  const failure = async (): Promise<unknown> => {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new HcpTerraformClient({ baseUrl, token: "t" }).get("/organizations/o").catch((error) => error);
  };

  for (const [what, text] of [
    ["a page that wants a login", "<html>Welcome</html>"],
    ["JSON of another kind", '{"data":[]}'],
    ["nothing", ""],
  ] as const) {
    it(`says of ${what} that it is not HCP Terraform that answers`, async () => {
      answer = (_, response) => response.end(text);
      const error = await failure();
      expect(error).to.be.instanceOf(ConfigurationError);
      expect((error as Error).message).to.match(
        /GET \/organizations\/o .* is not HCP Terraform.*TFE_ADDRESS/,
      );
    });
  }

  it("says of an answer that breaks off what to do", async () => {
    answer = (_, response) => {
      response.write("{", () => response.destroy());
    };
    const error = await failure();
    expect(error).to.be.instanceOf(ConfigurationError);
    expect((error as Error).message).to.match(/does not answer.*run this again/);
  });
});
