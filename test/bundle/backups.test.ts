import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { buildBackupArchive } from "../../scripts/build/archive.ts";
import { variables } from "../../service/contract.ts";
import { createBucket } from "../scripts/backup/fixture.ts";
import { deployDatabase, describeDeployed } from "./deployment.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

describe("the archive of backups, unzipped", () => {
  const archive = new UnzippedArchive(buildBackupArchive);

  describeOnEachNode((getNode) => {
    const call = (name: "dump" | "verify", environment: Record<string, string>, backupLocation: string) =>
      archive.evaluate(
        `index.${name}({}, context)`,
        { ...environment, [variables.backupLocation]: backupLocation },
        getNode(),
      );

    it("has functions that dump and verify, which report an unreachable service", async () => {
      const environment = functionEnvironment("nowhere", "http://127.0.0.1:9");
      for (const name of ["dump", "verify"] as const) {
        expect((await call(name, environment, "s3://backups/dumps/")).failure).to.contain("127.0.0.1:9");
      }
    });

    describeDeployed(["MONGODB_URI", "AWS_ENDPOINT_URL"], deployDatabase, (getDeployment) => {
      it("finds the database by its parameter and the bucket by its variable, and dumps", async () => {
        const { environment, database } = getDeployment();
        await database.collection("users").insertMany([{ name: "Ann" }, { name: "Bo" }]);
        const { address, remove } = await createBucket();
        const { result, failure } = await call("dump", environment, `${address}/dumps/`);
        expect(failure).to.equal(undefined);
        expect(result).to.include({ documents: 2 });
        await remove();
      });
    });
  });
});
