import { expect } from "chai";
import { formatCalls } from "../../../scripts/atlas/operations.ts";
import { planRestore, type RestoreRequest, restore } from "../../../scripts/atlas/restore.ts";
import { expectCode } from "../../support/errors.ts";
import { ids, useAtlas } from "./fixture.ts";

describe("A restore in Atlas", () => {
  const atlas = useAtlas();
  const latest: RestoreRequest = {
    environment: "production",
    point: { snapshotId: "latest" },
    target: "restored",
    waitMinutes: 120,
  };
  const at = (time: string): RestoreRequest => ({ ...latest, point: { utcSeconds: Date.parse(time) / 1_000 } });
  const earlier = at("2026-11-22T22:00:00Z");
  const ofSnapshot = (snapshotId: string): RestoreRequest => ({ ...latest, point: { snapshotId } });
  const run = (request: RestoreRequest = latest) => restore(atlas.client, request, atlas.operator);
  /** A job into the default target that this command did not start. */
  const addJob = (snapshotId: string, id = "e00000000000000000000001") =>
    atlas.clusters.production.jobs.push({
      id,
      targetGroupId: ids.production,
      targetClusterName: "restored",
      snapshotId,
      state: "running",
    });

  describe("that works", () => {
    it("restores the newest completed snapshot, after confirmation, and waits for completion", async () => {
      await atlas.start({ onRestore: () => atlas.time.after(300_000) });
      const job = await run();
      expect(job).to.include({ state: "completed" });
      expect(job!.point).to.deep.equal({ snapshotId: ids.newest });
      expect(job!.target).to.deep.equal({ projectId: ids.production, cluster: "restored" });
      expect(atlas.confirmed).to.deep.equal(["restored"]);
      expect(atlas.logged[0]).to.equal(`began restore job ${job!.id}: snapshot ${ids.newest} into restored`);
      expect(atlas.logged.at(-1)).to.match(/running for \d min \d+ s$/);
      expect(Math.max(...atlas.time.slept)).to.be.at.most(60_000);
    });

    it("restores a point in time, in seconds since the epoch", async () => {
      const job = await run(at("2026-11-22T22:11:12Z"));
      expect(job!.point).to.deep.equal({ utcSeconds: 1_795_385_472 });
      expect(atlas.clusters.production.jobs[0]).to.include({ pointInTimeUTCSeconds: 1_795_385_472 });
    });

    it("restores into another project's cluster", async () => {
      const job = await run({ ...latest, target: "drill", targetProject: "drills" });
      expect(job!.target).to.deep.equal({ projectId: ids.elsewhere, cluster: "drill" });
    });

    it("restores into the environment's own cluster only if its name is given twice", async () => {
      const own = { ...latest, target: "ecobeat-production" };
      await expectCode("restore-target-is-source", () => run(own));
      await expectCode("restore-target-is-source", () => run({ ...own, replace: "ecobeat-staging" }));
      expect(await run({ ...own, replace: "ecobeat-production" })).to.include({ state: "completed" });
    });

    it("restores the backups of a deleted cluster", async () => {
      const faults = [{ status: 404, errorCode: "CLUSTER_NOT_FOUND" }];
      await atlas.start({ injectFault: (operation) => (operation === "getCluster" ? faults.shift() : undefined) });
      expect(await run(earlier)).to.include({ state: "completed" });
      expect(atlas.api.calls).to.not.include("getBackupSchedule");
    });

    it("prints only its calls in a dry run", async () => {
      const lines = formatCalls(await planRestore(atlas.client, latest));
      expect(lines[0]).to.match(
        /^would call POST \/api\/atlas\/v2\/groups\/b0+1\/clusters\/ecobeat-production\/backup\/restoreJobs \{"deliveryType":"automated"/,
      );
      expect(lines[1]).to.contain(
        `atlas backups restores start automated --clusterName ecobeat-production --snapshotId ${ids.newest} ` +
          `--targetProjectId ${ids.production} --targetClusterName restored --projectId ${ids.production}`,
      );
      expect(atlas.api.calls).to.not.include("createBackupRestoreJob");
      expect(atlas.confirmed).to.deep.equal([]);
    });
  });

  describe("rejects, before any change,", () => {
    const { clusters } = atlas;
    const cases: [what: string, code: string, request: RestoreRequest, prepare?: (c: typeof clusters) => void][] = [
      ["a missing target", "restore-target-not-found", { ...latest, target: "typo" }],
      ["a missing project of the target", "atlas-project-not-found", { ...latest, targetProject: "typo" }],
      ["a future time", "restore-time-in-future", at("2026-11-22T22:30:01Z")],
      ["a time before the window", "restore-time-outside-window", at("2026-11-15T22:29:59Z")],
      ["a missing snapshot", "atlas-snapshot-not-found", ofSnapshot("d00000000000000000000001")],
      ["a failed snapshot", "atlas-snapshot-not-completed", ofSnapshot(ids.failed)],
      ["a pending snapshot", "atlas-snapshot-not-completed", ofSnapshot(ids.pending)],
      ["a busy target", "restore-target-not-idle", latest, (c) => (c.restored.stateName = "REPAIRING")],
      ["a paused target", "restore-target-not-idle", latest, (c) => (c.restored.paused = true)],
      ["a Flex cluster as target", "restore-target-is-flex", latest, (c) => (c.restored.kind = "flex")],
      ["a target without our key", "restore-encryption-differs", latest, (c) => (c.restored.encryption = "NONE")],
      [
        "a target without our key, for a time",
        "restore-encryption-differs",
        earlier,
        (c) => (c.restored.encryption = "NONE"),
      ],
      ["a target of another version", "restore-version-differs", latest, (c) => (c.restored.version = "7.0.24")],
      [
        "a target of another version, for a time",
        "restore-version-differs",
        earlier,
        (c) => (c.restored.version = "8.3.0"),
      ],
      [
        "a snapshot of an earlier version",
        "restore-version-differs",
        latest,
        (c) => (c.production.snapshots[0]!.version = "7.0.24"),
      ],
      ["a smaller target", "restore-disk-too-small", latest, (c) => (c.production.diskSizeGB = 40)],
      ["a time without the oplog", "point-in-time-restore-disabled", earlier, (c) => (c.production.pitEnabled = false)],
      ["a time without snapshots", "restore-time-outside-window", earlier, (c) => (c.production.snapshots = [])],
      ["the latest of no snapshots", "atlas-snapshot-not-found", latest, (c) => (c.production.snapshots = [])],
      ["a cluster of another kind", "atlas-cluster-kind-differs", latest, (c) => (c.production.kind = "flex")],
      ["another time meanwhile", "another-restore-in-progress", earlier, () => addJob(ids.oldest)],
      ["another snapshot meanwhile", "another-restore-in-progress", ofSnapshot(ids.newest), () => addJob(ids.oldest)],
    ];
    const ofDeleted: typeof cases = [
      [
        "a target without the snapshot's key",
        "restore-encryption-differs",
        latest,
        ({ production, restored }) => {
          production.snapshots[0]!.masterKeyUUID = "9f3a1f0e-0f1c-4f43-9d4e-0d6a1c2b3e4f";
          restored.encryption = "NONE";
        },
      ],
      ["a target of another version", "restore-version-differs", latest, (c) => (c.restored.version = "7.0.24")],
      ["a target smaller than the snapshot", "restore-disk-too-small", latest, (c) => (c.restored.diskSizeGB = 4)],
    ];
    for (const [what, code, request, prepare] of ofDeleted) {
      it(`${what}, if the cluster is deleted`, async () => {
        prepare?.(atlas.clusters);
        const faults = [{ status: 404, errorCode: "CLUSTER_NOT_FOUND" }];
        await atlas.start({ injectFault: (operation) => (operation === "getCluster" ? faults.shift() : undefined) });
        await expectCode(code, () => run(request));
        expect(atlas.countCalls("createBackupRestoreJob")).to.equal(0);
      });
    }

    for (const [what, code, request, prepare] of cases) {
      it(what, async () => {
        prepare?.(atlas.clusters);
        await expectCode(code, () => run(request));
        expect(atlas.confirmed).to.deep.equal([]);
        expect(atlas.countCalls("createBackupRestoreJob")).to.equal(0);
      });
    }

    it("a restore that is not confirmed", async () => {
      const refused = new Error("not confirmed");
      const operator = { ...atlas.operator, confirm: () => Promise.reject(refused) };
      const error = await restore(atlas.client, latest, operator).catch((reason) => reason);
      expect(error).to.equal(refused);
      expect(atlas.countCalls("createBackupRestoreJob")).to.equal(0);
    });
  });

  for (const state of ["failed", "cancelled", "expired"] as const) {
    it(`fails when the job ends as ${state}`, async () => {
      await atlas.start({
        onRestore: async (job) => {
          await atlas.time.after(30_000);
          job.state = state;
        },
      });
      expect((await expectCode("atlas-restore-failed", run)).message).to.contain(`the state ${state}.`);
    });
  }

  it("stops waiting after the timeout, and shows how to follow the job", async () => {
    await atlas.start({ onRestore: () => new Promise(() => {}) });
    const error = await expectCode("atlas-wait-timeout", () => run({ ...latest, waitMinutes: 10 }));
    expect(error.message).to.contain("10 minutes").and.contain("atlas backups restores describe");
  });

  describe("run again", () => {
    it("waits for the started job, although its target is busy and a newer snapshot exists", async () => {
      let end = () => {};
      await atlas.start({ onRestore: () => new Promise<void>((resolve) => (end = resolve)) });
      const stopped = new AbortController();
      const interrupted = await restore(atlas.client, latest, {
        ...atlas.operator,
        interruptible: ({ why, action }, work) => {
          atlas.time.after(60_000).then(() => stopped.abort(new Error(`${why} ${action}`)));
          return work(stopped.signal);
        },
      }).catch((error: Error) => error);
      expect(interrupted)
        .property("message")
        .to.match(/^The restore job \w+ continues in Atlas\. .* or: atlas backups restores describe \w+/);
      const { production } = atlas.clusters;
      production.snapshots.push({ id: ids.another, status: "completed", createdAt: "2026-11-22T22:31:00Z" });
      atlas.time.after(60_000).then(() => end());
      const job = await run();
      expect(job!.id).to.equal(production.jobs[0]!.id);
      expect(production.jobs).to.have.length(1);
      expect(atlas.confirmed).to.deep.equal(["restored"]);
    });

    it("concurrently, starts one job, and both wait for it", async () => {
      await atlas.start({ onRestore: () => atlas.time.after(120_000) });
      const both = await Promise.all([run(), restore(atlas.newClient(), latest, atlas.operator)]);
      expect(both[0]!.id).to.equal(both[1]!.id);
      expect(atlas.clusters.production.jobs).to.have.length(1);
    });
  });

  describe("when Atlas fails", () => {
    it("starts no second job when the response to the first is lost", async () => {
      let lost = 0;
      await atlas.start({
        injectFault(operation) {
          if (operation !== "createBackupRestoreJob" || lost++ > 0) return undefined;
          // The job starts, but the client gets no response.
          addJob(ids.newest);
          atlas.time.after(60_000).then(() => {
            const finishedAt = "2026-11-22T22:40:00Z";
            Object.assign(atlas.clusters.production.jobs[0]!, { state: "completed", finishedAt });
          });
          return "cut";
        },
      });
      expect(await run()).to.include({ id: "e00000000000000000000001", state: "completed" });
      expect(lost).to.equal(1);
    });

    it("never repeats a call that may have started a job, and reports that it has not", async () => {
      let calls = 0;
      await atlas.start({
        injectFault: (operation) =>
          operation === "createBackupRestoreJob" && ++calls > 0 ? { status: 500 } : undefined,
      });
      await expectCode("atlas-server-error", run);
      expect(calls).to.equal(1);
    });

    it("survives expired tokens, errors and throttling during hours of polling", async () => {
      let polls = 0;
      await atlas.start({
        onRestore: () => atlas.time.after(2.5 * 3_600_000),
        injectFault: (operation) => {
          if (operation !== "getBackupRestoreJob") return undefined;
          polls++;
          if (polls % 20 === 5) return { status: 503 };
          if (polls % 20 === 10) return { status: 429, retryAfter: "7" };
          return polls % 20 === 15 ? "cut" : undefined;
        },
      });
      expect(await run({ ...latest, waitMinutes: 200 })).to.include({ state: "completed" });
      expect(atlas.countCalls("token")).to.equal(3);
    });
  });
});
