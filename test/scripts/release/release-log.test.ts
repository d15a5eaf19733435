import { createServer } from "node:net";
import { expect } from "chai";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { listenHttp } from "../../support/listen.ts";
import { awsAt, setVariables } from "../../support/variables.ts";

describe("The release log", () => {
  it("times out if CloudWatch Logs accepts connections and does not respond", async () => {
    const server = createServer();
    const restore = setVariables(awsAt(await listenHttp(server)));
    const failure = await new ReleaseLog("staging").read(1).catch((error: Error) => error);
    restore();
    server.close();
    expect(failure).to.include({ name: "TimeoutError" });
  });
});
