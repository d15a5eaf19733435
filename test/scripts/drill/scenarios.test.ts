import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Document } from "mongodb";
import { createClient } from "redis";
import type { Drill } from "../../../scripts/drill/drill.ts";
import { LocalEnvironment } from "../../../scripts/drill/local-environment.ts";
import { getLocalServices } from "../../../scripts/drill/local-services.ts";
import { runScenario, type Scenario } from "../../../scripts/drill/run-scenario.ts";
import { scenarios } from "../../../scripts/drill/scenarios.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { startAtlasApi } from "../../support/atlas-api.ts";
import { describeWith } from "../../support/real-services.ts";

const targets = { rtoSeconds: 900, rpoSeconds: 4 * 3_600 };

const needed = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"];
const missing = needed.find((name) => !process.env[name]);

/** A page's commands are those of people, who have the AWS CLI. */
const hasAwsCli = missing === undefined && spawnSync("aws", ["--version"]).status === 0;

describeWith(missing ?? "AWS_ENDPOINT_URL", "A rehearsed disaster", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-drill-"));
  });
  after(() => rm(folder, { recursive: true }));

  const rehearse = (
    scenario: Scenario,
    rtoSeconds = targets.rtoSeconds,
    signal = new AbortController().signal,
    variables = process.env,
  ) =>
    runScenario(scenario, {
      open: () => LocalEnvironment.build(getLocalServices(variables)),
      documents: 250,
      writeSeconds: 1,
      outageSeconds: 5,
      // The page for a restore keeps what was there next to the backup location.
      backupLocation: join(folder, "backups"),
      targets: { ...targets, rtoSeconds },
      onPhase: () => {},
      signal,
    });
  /** Something is lost of what a restore should have brought back. */
  const lacking = (title: string, loss: Scenario["run"]): Scenario => ({
    name: "lacking",
    title,
    runbook: "restore-database",
    async run(drill) {
      await drill.causeDisaster(title, () => loss(drill));
      await drill.verifyRecovery();
    },
  });
  const failed = ({ checks }: { checks: readonly { name: string; passed: boolean }[] }) =>
    checks.filter(({ passed }) => !passed).map(({ name }) => name);

  for (const [name, losesData] of [
    ["database-lost", true],
    ["redis-lost", false],
    ["redis-unreachable", false],
    ["bad-release", false],
  ] as const) {
    it(`ends well by the commands of its page: ${name}`, async function () {
      if (!hasAwsCli) this.skip();
      const report = await rehearse(await scenarios[name]!());
      expect(report.failure).to.equal(null);
      expect(failed(report)).to.deep.equal([]);
      expect(report.passed).to.equal(true);
      expect(report.writes.lost > 0).to.equal(losesData);
      expect(report.phases.map(({ name }) => name)).to.include(`${report.runbook}: first look`);
    });
  }

  describe("where Atlas keeps every moment", () => {
    const corrupted = async () => {
      let cluster: Cluster;
      const atlas = await startAtlasApi({
        projects: [productionCluster()],
        onRestore: ({ pointInTimeUTCSeconds }) => cluster.restore(new Date(pointInTimeUTCSeconds! * 1_000)),
      });
      const scenario = await scenarios["database-corrupted"]!();
      const report = await rehearse(
        {
          ...scenario,
          async run(drill) {
            cluster = new Cluster(drill);
            await scenario.run(drill);
          },
        },
        targets.rtoSeconds,
        undefined,
        { ...process.env, ...atlas.variables },
      );
      await atlas.stop();
      expect(atlas.violations).to.deep.equal([]);
      return report;
    };

    it("brings the second before the disaster back, by the page for Atlas", async function () {
      if (!hasAwsCli) this.skip();
      this.timeout(240_000);
      const report = await corrupted();
      expect(report.failure).to.equal(null);
      expect(failed(report)).to.deep.equal([]);
      expect(report.runbook).to.equal("restore-from-atlas");
      expect(report.rpo.seconds).to.be.below(2);
      expect(report.passed).to.equal(true);
    });
  });

  it("fails when all users but the probe's are missing after it", async () => {
    const report = await rehearse(
      lacking("users are lost", ({ localEnvironment, seed }) =>
        localEnvironment.region.database
          .collection("users")
          .deleteMany({ emailCanonical: { $ne: seed.clients[0]!.account.email } }),
      ),
    );
    expect(failed(report)).to.include.members(["a user logs in", "documents are counted"]);
    expect(report).to.include({ passed: false, recoveredAt: null });
  });

  it("fails when an index is missing after it", async () => {
    const report = await rehearse(
      lacking("an index is lost", ({ localEnvironment }) =>
        localEnvironment.region.database.collection("users").dropIndex("email_canonical"),
      ),
    );
    expect(failed(report)).to.deep.equal(["indexes are there"]);
    expect(report.passed).to.equal(false);
  });

  it("fails when its target is missed", async () => {
    const nothing = lacking("nothing happens", async () => {});
    const report = await rehearse(nothing, 0.001);
    expect(failed(report)).to.deep.equal([]);
    expect(report.rto.isMet).to.equal(false);
    expect(report.passed).to.equal(false);
  });

  it("removes what it made when it is interrupted", async () => {
    const controller = new AbortController();
    const made: { mongodbUri: string; redisUrl: string }[] = [];
    const report = await rehearse(
      lacking("somebody stops it", async ({ localEnvironment: { region } }) => {
        made.push({ mongodbUri: region.mongodbUri, redisUrl: region.redis.url });
        controller.abort(new Error("Interrupted by SIGINT."));
        await new Promise(() => {});
      }),
      targets.rtoSeconds,
      controller.signal,
    );
    expect(report).to.include({ failure: "Interrupted by SIGINT.", passed: false });
    const database = await connectMongo(made[0]!.mongodbUri);
    const collections = await database.listCollections().toArray();
    await database.client.close();
    expect(collections).to.deep.equal([]);
    const redis = createClient({
      url: process.env.REDIS_URL!,
      database: Number(new URL(made[0]!.redisUrl).pathname.slice(1)),
    });
    await redis.connect();
    expect(await redis.get("ecobeat-drill")).to.equal(null);
    redis.destroy();
  });
});

const productionCluster = () => ({
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

/** Brings milestones of a drill's database back, as Atlas would: documents as they were, and those of later left out. */
class Cluster {
  readonly #drill: Drill;
  readonly #before = new Map<string, Document[]>();

  constructor(drill: Drill) {
    this.#drill = drill;
    const disaster = drill.causeDisaster.bind(drill);
    drill.causeDisaster = (what, work) =>
      disaster(what, async () => {
        for (const name of names) this.#before.set(name, await this.#collection(name).find().toArray());
        await work();
      });
  }

  async restore(moment: Date): Promise<void> {
    for (const name of names) {
      const documents = this.#before.get(name)!.filter(({ createdAt }) => createdAt <= moment);
      await this.#collection(name).deleteMany({});
      await this.#collection(name).insertMany(documents);
    }
  }

  #collection(name: string) {
    return this.#drill.localEnvironment.region.database.collection(name);
  }
}

const names = ["users", "activities"];
