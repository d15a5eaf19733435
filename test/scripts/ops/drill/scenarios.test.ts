import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createClient } from "redis";
import { drillPlace } from "../../../../scripts/ops/drill/loopback.ts";
import { runScenario } from "../../../../scripts/ops/drill/run-scenario.ts";
import type { Scenario } from "../../../../scripts/ops/drill/scenario.ts";
import { scenarios } from "../../../../scripts/ops/drill/scenarios.ts";
import { connectMongo } from "../../../../service/platform/mongo.ts";
import { describeWith } from "../../../support/real-parts.ts";

const targets = { rtoSeconds: 900, rpoSeconds: 4 * 3_600 };

const needed = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"];
const missing = needed.find((name) => !process.env[name]);

/** A page's commands are those of people, who have the AWS CLI. */
const hasAwsCli = missing === undefined && spawnSync("aws", ["--version"]).status === 0;

describeWith(missing ?? "AWS_ENDPOINT_URL", "A rehearsed disaster", () => {
  let vault: string;

  before(async () => {
    vault = await mkdtemp(join(tmpdir(), "ecobeat-drill-vault-"));
  });
  after(() => rm(vault, { recursive: true }));

  const rehearse = (
    scenario: Scenario,
    rtoSeconds = targets.rtoSeconds,
    signal = new AbortController().signal,
  ) =>
    runScenario(scenario, {
      place: drillPlace(process.env),
      documents: 250,
      writeSeconds: 1,
      outageSeconds: 5,
      vault,
      targets: { ...targets, rtoSeconds },
      tell: () => {},
      signal,
    });
  /** Something is lost of what a restore should have brought back. */
  const lacking = (title: string, loss: Scenario["run"]): Scenario => ({
    name: "lacking",
    title,
    page: "restore-database",
    async run(drill) {
      await drill.disaster(title, () => loss(drill));
      await drill.recover();
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
      this.timeout(120_000);
      const report = await rehearse(await scenarios[name]!());
      expect(report.failure).to.equal(null);
      expect(failed(report)).to.deep.equal([]);
      expect(report.passed).to.equal(true);
      expect(report.writes.lost > 0).to.equal(losesData);
      expect(report.phases.map(({ name }) => name)).to.include(`${report.page}: first look`);
    });
  }

  it("fails when a collection is missing after it", async () => {
    const report = await rehearse(
      lacking("users are lost", ({ stage }) => stage.site.database.collection("users").drop()),
    );
    expect(failed(report)).to.include.members(["a user logs in", "documents are counted"]);
    expect(report).to.include({ passed: false, recoveredAt: null });
  });

  it("fails when an index is missing after it", async () => {
    const report = await rehearse(
      lacking("an index is lost", ({ stage }) =>
        stage.site.database.collection("users").dropIndex("email_canonical"),
      ),
    );
    expect(failed(report)).to.deep.equal(["indexes are there"]);
    expect(report.passed).to.equal(false);
  });

  it("fails when its target is missed", async () => {
    const nothing = lacking("nothing happens", async () => {});
    const report = await rehearse(nothing, 0.001);
    expect(failed(report)).to.deep.equal([]);
    expect(report.rto.met).to.equal(false);
    expect(report.passed).to.equal(false);
  });

  it("removes what it made when it is interrupted", async () => {
    const controller = new AbortController();
    const made: { mongodbUri: string; redisUrl: string }[] = [];
    const report = await rehearse(
      lacking("somebody stops it", async ({ stage: { site } }) => {
        made.push({ mongodbUri: site.mongodbUri, redisUrl: site.redis.url });
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
