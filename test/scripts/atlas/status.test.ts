import { expect } from "chai";
import { formatStatus, readStatus } from "../../../scripts/atlas/status.ts";
import { expectCode } from "../../support/errors.ts";
import { ids, useAtlas } from "./fixture.ts";

describe("The status of an environment in Atlas", () => {
  const atlas = useAtlas();
  const status = (environment: "production" | "staging" = "production") => readStatus(atlas.client, environment);

  it("shows cluster, nodes, newest snapshot, window, schedule and running restores", async () => {
    atlas.clusters.production.jobs.push({
      id: "e00000000000000000000001",
      targetGroupId: ids.production,
      targetClusterName: "restored",
      snapshotId: ids.oldest,
      state: "running",
    });
    const found = await status();
    expect(found).to.include({ isOverdue: false, ageHours: 1 });
    expect(found.window).to.deep.equal({ oldest: "2026-11-15T22:30:00.000Z", newest: "2026-11-22T22:30:00.000Z" });
    const text = formatStatus(found).join("\n");
    expect(text).to.contain("ecobeat-production (replica-set), IDLE, MongoDB 8.0.15");
    expect(text).to.contain("primary  ecobeat-production-shard-00-00.example.mongodb.net");
    expect(text.match(/^node .*secondary/gm)).to.have.length(2);
    expect(text).to.contain("1.0 hours old").and.not.contain("OVERDUE");
    expect(text).to.contain("hourly, interval 4, kept for 7 days");
    expect(text).to.contain(`snapshot ${ids.oldest} into restored, job e00000000000000000000001`);
  });

  it("is overdue an hour after the configured interval, or without a completed snapshot", async () => {
    atlas.time.now = Date.parse("2026-11-23T02:29:59Z");
    expect(await status()).to.include({ isOverdue: false, snapshotIntervalHours: 4 });
    atlas.time.now = Date.parse("2026-11-23T02:30:01Z");
    expect(formatStatus(await status()).join("\n")).to.contain("OVERDUE, expected every 4 hours");
    const { production } = atlas.clusters;
    production.snapshots = production.snapshots.filter(({ status }) => status !== "completed");
    const none = await status();
    expect(none).to.include({ isOverdue: true, newestSnapshot: undefined, window: undefined });
    expect(formatStatus(none).join("\n")).to.contain("none: OVERDUE");
  });

  it("shows only the cluster if it is a Flex cluster: its backups are our own dumps", async () => {
    const found = await status("staging");
    expect(found.isOverdue).to.equal(false);
    expect(formatStatus(found)).to.deep.equal([
      "project  ecobeat-staging",
      "cluster  ecobeat-staging (flex), IDLE, MongoDB 8.0.15",
      "backups  our own dumps: see `npm run ops -- backup list`",
    ]);
  });

  for (const environment of ["production", "staging"] as const) {
    it(`shows that the cluster of ${environment} is missing`, async () => {
      const fault = { status: 404, errorCode: "CLUSTER_NOT_FOUND" };
      await atlas.start({ injectFault: (operation) => (operation === "getCluster" ? fault : undefined) });
      const found = await status(environment);
      expect(found.cluster).to.equal(undefined);
      expect(formatStatus(found).join("\n")).to.match(/^cluster +missing/m);
    });
  }

  it("calls no cluster missing because Atlas does not find something else", async () => {
    const fault = { status: 404, errorCode: "GROUP_NOT_FOUND" };
    await atlas.start({ injectFault: (operation) => (operation === "getCluster" ? fault : undefined) });
    await expectCode("atlas-not-found", () => status("production"));
  });
});
