import { join } from "node:path";
import { expect } from "chai";
import { openDeployedEnvironment } from "../../../scripts/drill/deployed-environment.ts";
import { LocalEnvironment } from "../../../scripts/drill/local-environment.ts";
import { createDatabaseUri, getLocalServices } from "../../../scripts/drill/local-services.ts";
import { scenarios } from "../../../scripts/drill/scenarios.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import { describeWith } from "../../support/real-services.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { canRunRunbooks, expectPassed, missingService, runDrill, signIn } from "./run-drill.ts";

describeWith(missingService ?? "AWS_ENDPOINT_URL", "A drill in a deployed environment that is on this machine", () => {
  const getFolder = useTemporaryFolder();
  let local: LocalEnvironment;
  before(async () => {
    local = await LocalEnvironment.build(getLocalServices(process.env));
  });
  after(() => local.remove());
  beforeEach(() => signIn(getFolder(), staging.accountId));

  const runWith = async (MONGODB_URI: string, name = "database-lost") => {
    const PATH = `${getFolder()}:${process.env.PATH}`;
    const shell = { ...process.env, ...local.variables, PATH };
    return runDrill(await scenarios[name]!(), {
      open: () =>
        openDeployedEnvironment("staging", {
          variables: { ...shell, MONGODB_URI, HEALTH_API_KEY: local.apiKey },
          prompt: async () => "staging",
          api: local.api,
        }),
      backupLocation: join(getFolder(), "backups"),
    });
  };

  for (const [name, first] of [
    ["database-lost", "accounts"],
    ["database-corrupted", "high-errors"],
  ] as const) {
    it(`passes from the alarm's runbook on, and deletes the users that it created: ${name}`, async function () {
      if (!canRunRunbooks) this.skip();
      const users = local.database.collection<{ _id: string }>("users");
      await users.deleteMany({});
      await users.insertOne({ _id: "ann" });
      const report = await runWith(local.region.mongodbUri, name);
      expectPassed(report);
      const followed = report.phases.filter(({ kind }) => kind === "step").map((phase) => phase.name);
      expect(followed[0]).to.equal(`${first}: first look`);
      expect(report.phases.at(-1)).to.include({ name: "the service is checked", expectedMinutes: 3 });
      expect(report.expectedMinutes).to.be.above(10);
      expect(await users.distinct("_id")).to.deep.equal(["ann"]);
      expect(await local.database.collection("activities").countDocuments()).to.equal(0);
    });
  }

  it("does not destroy a database that the API does not use", async function () {
    if (!canRunRunbooks) this.skip();
    const report = await runWith(createDatabaseUri(process.env.MONGODB_URI!));
    expect(report.failure).to.contain("[drill-database-mismatch]");
    expect(report.disasterAt).to.equal(null);
  });
});
