import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { buildPreTrafficArchive } from "../../scripts/build/archive.ts";
import { FakeAws } from "../scripts/release/pre-traffic/fake-aws.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

describe("the archive of the pre-traffic hook, unzipped", () => {
  const archive = new UnzippedArchive(buildPreTrafficArchive);

  describeOnEachNode((getNode) => {
    it("invokes the new version, and reports its failure to CodeDeploy", async () => {
      const aws = new FakeAws();
      aws.account = JSON.stringify({ email: "probe@ecobeat.app", password: "long enough" });
      await aws.start();
      aws.respond = async () => ({ statusCode: 503, body: '{"dependencies":{"database":{"status":"down"}}}' });
      try {
        const event = '{ DeploymentId: "d-EXAMPLE", LifecycleEventHookExecutionId: "execution" }';
        const { result, log } = await archive.evaluate(
          `index.tryVersion(${event}, context)`,
          functionEnvironment("staging", aws.url),
          getNode(),
        );
        expect(result).to.equal("Failed");
        expect(log[0].cause.message).to.match(/auth:7 returned 503 .*: database down$/);
        expect(aws.reportedStatuses).to.have.length(1);
      } finally {
        aws.stop();
      }
    });
  });
});
