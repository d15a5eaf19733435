import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { FakeAws } from "../scripts/release/pre-traffic/fake-aws.ts";
import { foreignEvents } from "../support/foreign-events.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

describe("the archive of the pre-traffic hook, unzipped", () => {
  const archive = new UnzippedArchive("preTraffic");

  describeOnEachNode((getNode) => {
    it("refuses any other event than that of CodeDeploy", async () => {
      const environment = functionEnvironment("staging", "http://127.0.0.1:9");
      const names = ["an invocation without a payload", "an invocation with {}", "a warm-up", "payload version 2.0"];
      const events = foreignEvents.filter(({ name }) => names.includes(name));
      expect(events).to.have.length(names.length);
      const calls = events.map(({ event }) => `index.tryVersion(${JSON.stringify(event)}, context)`);
      const outcomes = await archive.evaluateEach(calls, environment, getNode());
      for (const [index, { kind }] of events.entries()) {
        const { failure, result, log } = outcomes[index]!;
        expect(failure, kind).to.equal(undefined);
        expect(result, kind).to.be.an("object");
        expect(log.map(({ message, event_kind }) => [message, event_kind])).to.deep.equal([
          ["unsupported event", kind],
        ]);
      }
    });

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
