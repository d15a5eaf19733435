import { join } from "node:path";
import { createClient } from "@redis/client";
import { expect } from "chai";
import type { Document } from "mongodb";
import type { Drill } from "../../../scripts/drill/drill.ts";
import { LocalEnvironment } from "../../../scripts/drill/local-environment.ts";
import { getLocalServices } from "../../../scripts/drill/local-services.ts";
import type { Scenario } from "../../../scripts/drill/run-scenario.ts";
import { scenarios } from "../../../scripts/drill/scenarios.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { startAtlasApi } from "../../support/atlas-api.ts";
import { describeWith } from "../../support/real-services.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { canRunRunbooks, expectPassed, getFailedChecks, missingService, runDrill } from "./run-drill.ts";

/** A disaster without a recovery. */
const dataLossScenario = (title: string, cause: Scenario["run"]): Scenario => ({
  name: "data-loss",
  title,
  runbook: "restore-database",
  practice: { message: title, observations: [] },
  async run(drill) {
    await drill.causeDisaster(title, () => cause(drill));
    await drill.verifyRecovery();
  },
});

describeWith(missingService ?? "AWS_ENDPOINT_URL", "A drill", () => {
  const getFolder = useTemporaryFolder();
  let backupLocation: string;
  beforeEach(() => {
    // The runbook saves the damaged database next to the backup location.
    backupLocation = join(getFolder(), "backups");
  });

  for (const [name, losesData, first] of [
    ["database-lost", true, "accounts"],
    ["redis-lost", false, "redis"],
    ["redis-unreachable", false, "high-errors"],
    ["bad-release", false, "high-errors"],
  ] as const) {
    it(`recovers with the commands of the runbook: ${name}`, async function () {
      if (!canRunRunbooks) this.skip();
      const report = await runDrill(await scenarios[name]!(), { backupLocation });
      expectPassed(report);
      expect(report.writes.lost > 0).to.equal(losesData);
      const firstLooks = report.phases.map((phase) => phase.name).filter((phase) => phase.endsWith(": first look"));
      expect(firstLooks[0]).to.equal(`${first}: first look`);
      expect(firstLooks.at(-1)).to.equal(`${report.runbook}: first look`);
    });
  }

  it("restores the second before the disaster from Atlas", async function () {
    if (!canRunRunbooks) this.skip();
    this.timeout(240_000);
    let cluster: Cluster;
    const atlas = await startAtlasApi({
      projects: [createProductionProject()],
      onRestore: ({ pointInTimeUTCSeconds }) => cluster.restore(new Date(pointInTimeUTCSeconds! * 1_000)),
    });
    const services = getLocalServices({ ...process.env, ...atlas.variables });
    const scenario = await scenarios["database-corrupted"]!();
    const run: Scenario["run"] = (drill) => {
      cluster = new Cluster(drill);
      return scenario.run(drill);
    };
    const open = () => LocalEnvironment.build(services);
    const report = await runDrill({ ...scenario, run }, { open, backupLocation });
    await atlas.stop();
    expect(atlas.violations).to.deep.equal([]);
    expectPassed(report);
    expect(report.runbook).to.equal("restore-from-atlas");
    // Of what users wrote before the disaster, only what the second of the disaster confirmed is lost.
    expect(report.rpo.seconds).to.be.at.most((Date.parse(report.disasterAt!) % 1_000) / 1_000);
    // What the alarm -slo-errors-fast counts.
    expect(cluster!.symptom).to.equal("The list of activities returned 500.");
  });

  for (const [title, cause, failedChecks] of [
    [
      "all users but the probe's are missing",
      ({ target, seed }: Drill) =>
        target.database.collection("users").deleteMany({ emailCanonical: { $ne: seed.clients[0]!.account.email } }),
      ["a user logs in", "the number of documents is right"],
    ],
    [
      "an index is missing",
      ({ target }: Drill) => target.database.collection("users").dropIndex("email_canonical"),
      ["all indexes exist"],
    ],
  ] as const) {
    it(`fails if ${title} after it`, async () => {
      const report = await runDrill(dataLossScenario(title, cause), { backupLocation });
      expect(getFailedChecks(report)).to.include.members(failedChecks);
      expect(report).to.include({ passed: false, recoveredAt: null });
    });
  }

  it("fails if it misses a target", async () => {
    const nothing = dataLossScenario("nothing happens", async () => {});
    const targets = { rtoSeconds: 0.001, rpoSeconds: 1 };
    const report = await runDrill(nothing, { backupLocation, targets });
    expect(getFailedChecks(report)).to.deep.equal([]);
    expect(report.rto.isMet).to.equal(false);
    expect(report.passed).to.equal(false);
  });

  it("removes what it created if it is interrupted", async () => {
    const controller = new AbortController();
    let [mongodbUri, redisUrl] = ["", ""];
    const interrupted = dataLossScenario("an interruption", async ({ localEnvironment: { region } }) => {
      mongodbUri = region.mongodbUri;
      redisUrl = region.redis.url;
      controller.abort(new Error("Interrupted by SIGINT."));
      await new Promise(() => {});
    });
    const report = await runDrill(interrupted, { backupLocation, signal: controller.signal });
    expect(report).to.include({ failure: "Interrupted by SIGINT.", passed: false });
    const database = await connectMongo(mongodbUri);
    const collections = await database.listCollections().toArray();
    await database.client.close();
    expect(collections).to.deep.equal([]);
    const redis = createClient({ url: process.env.REDIS_URL!, database: Number(new URL(redisUrl).pathname.slice(1)) });
    await redis.connect();
    expect(await redis.get("ecobeat-drill")).to.equal(null);
    redis.destroy();
  });
});

const createProductionProject = () => ({
  id: "b00000000000000000000001",
  name: "ecobeat-production",
  clusters: [
    {
      kind: "replica-set" as const,
      name: "ecobeat-production",
      stateName: "IDLE" as const,
      pitEnabled: true,
      restoreWindowDays: 7,
      snapshots: [
        {
          id: "c00000000000000000000001",
          status: "completed" as const,
          createdAt: new Date(Date.now() - 3_600_000).toISOString(),
        },
      ],
      jobs: [],
    },
  ],
});

const names = ["users", "activities"];

/** Restores a drill's database to a point in time before the disaster, as Atlas does. */
class Cluster {
  readonly #drill: Drill;
  readonly #before = new Map<string, Document[]>();
  /** What a user sees after the disaster. */
  symptom?: string;

  constructor(drill: Drill) {
    this.#drill = drill;
    const causeDisaster = drill.causeDisaster.bind(drill);
    drill.causeDisaster = (what, work) =>
      causeDisaster(what, async () => {
        for (const name of names) this.#before.set(name, await this.#getCollection(name).find().toArray());
        await work();
        this.symptom = await drill.seed.clients[1]!.listActivities().then(
          () => "The list is right.",
          (error: Error) => error.message,
        );
      });
  }

  async restore(time: Date): Promise<void> {
    for (const name of names) {
      const documents = this.#before.get(name)!.filter(({ createdAt }) => createdAt <= time);
      await this.#getCollection(name).deleteMany({});
      await this.#getCollection(name).insertMany(documents);
    }
  }

  #getCollection(name: string) {
    return this.#drill.target.database.collection(name);
  }
}
