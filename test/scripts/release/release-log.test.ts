import { createServer } from "node:net";
import { expect } from "chai";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { listenHttp } from "../../support/listen.ts";
import { setVariables } from "../../support/variables.ts";

describe("The release log", () => {
  it("times out if CloudWatch Logs accepts connections and does not respond", async () => {
    const server = createServer();
    const restore = setVariables({
      AWS_ENDPOINT_URL: await listenHttp(server),
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    const failure = await new ReleaseLog("staging").read(1).catch((error: Error) => error);
    restore();
    server.close();
    expect(failure).to.include({ name: "TimeoutError" });
  });
});
