import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { variables } from "../../service/contract.ts";
import { createBucket } from "../scripts/backup/fixture.ts";
import { foreignEvents, schedulerEvent } from "../support/foreign-events.ts";
import { deployDatabase, describeDeployed } from "./deployment.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

describe("the archive of backups, unzipped", () => {
  const archive = new UnzippedArchive("backups");

  describeOnEachNode((getNode) => {
    const names = ["dump", "verify"] as const;

    /** Calls a function with some events, one after another. */
    const call = (
      name: (typeof names)[number],
      environment: Record<string, string>,
      backupLocation: string,
      events: readonly unknown[] = [{}],
    ) =>
      archive.evaluateEach(
        events.map((event) => `index.${name}(${JSON.stringify(event)}, context)`),
        { ...environment, [variables.backupLocation]: backupLocation },
        getNode(),
      );

    it("has functions that dump and verify, which report an unreachable service", async () => {
      const environment = functionEnvironment("nowhere", "http://127.0.0.1:9");
      for (const name of names) {
        const outcomes = await call(name, environment, "s3://backups/dumps/", [{}, null, schedulerEvent]);
        expect(outcomes).to.have.length(3);
        for (const { failure } of outcomes) expect(failure).to.contain("127.0.0.1:9");
      }
    });

    it("has functions that refuse any other event than that of their schedule or an operator", async () => {
      const environment = functionEnvironment("nowhere", "http://127.0.0.1:9");
      const foreign = [
        "a warm-up",
        "a string",
        "an event of EventBridge",
        "a message of a queue",
        "payload version 2.0",
      ];
      const events = foreignEvents.filter(({ name }) => foreign.includes(name));
      expect(events).to.have.length(foreign.length);
      for (const name of names) {
        const sent = events.map(({ event }) => event);
        const outcomes = await call(name, environment, "s3://backups/dumps/", sent);
        for (const [index, { kind }] of events.entries()) {
          const { failure, result, log } = outcomes[index]!;
          expect(failure, kind).to.equal(undefined);
          expect(result, kind).to.be.an("object");
          expect(log.map(({ message, event_kind }) => [message, event_kind])).to.deep.equal([
            ["unsupported event", kind],
          ]);
        }
      }
    });

    describeDeployed(["MONGODB_URI", "AWS_ENDPOINT_URL"], deployDatabase, (getDeployment) => {
      it("finds the database by its parameter and the bucket by its variable, and dumps", async () => {
        const { environment, database } = getDeployment();
        await database.collection("users").insertMany([{ name: "Ann" }, { name: "Bo" }]);
        const { address, remove } = await createBucket();
        const [outcome] = await call("dump", environment, `${address}/dumps/`);
        expect(outcome!.failure).to.equal(undefined);
        expect(outcome!.result).to.include({ documents: 2 });
        await remove();
      });
    });
  });
});
