import { expect } from "chai";
import { formatStatus, readStatus } from "../../../scripts/atlas/status.ts";
import { AtlasFixture, ids } from "./fixture.ts";

describe("The status of an environment in Atlas", () => {
  let setting: AtlasFixture;
  const status = (environment: "production" | "staging" = "production") =>
    readStatus(setting.client, environment);

  beforeEach(() => {
    setting = new AtlasFixture();
  });
  afterEach(async () => {
    await setting.api.stop();
    expect(setting.api.violations).to.deep.equal([]);
  });

  it("is told in full: cluster, primary, newest snapshot, window, schedule, running restores", async () => {
    await setting.start();
    setting.clusters.production.jobs.push({
      id: "e00000000000000000000001",
      targetGroupId: ids.production,
      targetClusterName: "restored",
      snapshotId: ids.oldest,
      state: "running",
    });
    const found = await status();
    expect(found.isOverdue).to.equal(false);
    expect(found.ageHours).to.equal(1);
    expect(found.window).to.deep.equal({
      oldest: "2026-11-15T22:30:00.000Z",
      newest: "2026-11-22T22:30:00.000Z",
    });
    const text = formatStatus(found).join("\n");
    expect(text).to.contain("ecobeat-production (replica-set), IDLE, MongoDB 8.0.15");
    expect(text).to.contain("primary  ecobeat-production-shard-00-00.example.mongodb.net");
    expect(text.match(/^node .*secondary/gm)).to.have.length(2);
    expect(text).to.contain("1.0 hours old").and.not.contain("LATE");
    expect(text).to.contain("hourly, interval 4, kept for 7 days");
    expect(text).to.contain(`snapshot ${ids.oldest} into restored, job e00000000000000000000001`);
  });

  it("is late when the newest completed snapshot is older than the table promises, or there is none", async () => {
    await setting.start();
    setting.time.now = Date.parse("2026-11-23T02:29:59Z");
    expect(await status()).to.include({ late: false, promisedHours: 4 });
    setting.time.now = Date.parse("2026-11-23T02:30:01Z");
    const late = await status();
    expect(late.isOverdue).to.equal(true);
    expect(formatStatus(late).join("\n")).to.contain("LATE, there is to be one every 4 hours");
    setting.clusters.production.snapshots = setting.clusters.production.snapshots.filter(
      ({ status }) => status !== "completed",
    );
    const none = await status();
    expect(none).to.include({ late: true, newestSnapshot: undefined, window: undefined });
    expect(formatStatus(none).join("\n")).to.contain("none: LATE");
  });

  it("is the cluster alone where it is a Flex cluster: its backups are our own dumps", async () => {
    await setting.start();
    const found = await status("staging");
    expect(found.isOverdue).to.equal(false);
    expect(formatStatus(found)).to.deep.equal([
      "project  ecobeat-staging",
      "cluster  ecobeat-staging (flex), IDLE, MongoDB 8.0.15",
      "backups  our own dumps: see `npm run ops -- backup list`",
    ]);
  });

  for (const environment of ["production", "staging"] as const) {
    it(`can be told of a cluster that is gone, in ${environment}`, async () => {
      await setting.start({
        injectFault: (operation) => (operation === "getCluster" ? { status: 404 } : undefined),
      });
      const found = await status(environment);
      expect(found.cluster).to.equal(undefined);
      expect(formatStatus(found).join("\n")).to.match(/^cluster +gone/m);
    });
  }
});
