import { expect } from "chai";
import { type RestoreRequest, restore } from "../../../scripts/atlas/restore.ts";
import { AtlasFixture, ids, messageOf } from "./fixture.ts";

describe("A restore in Atlas", () => {
  let setting: AtlasFixture;
  const latest: RestoreRequest = {
    environment: "production",
    point: { snapshot: "latest" },
    target: "restored",
    timeoutMinutes: 120,
  };
  const moment = (text: string): RestoreRequest => ({ ...latest, point: { pointInTime: new Date(text) } });
  const run = (request: RestoreRequest = latest) => restore(setting.client, request, setting.operator);

  beforeEach(() => {
    setting = new AtlasFixture();
  });
  afterEach(async () => {
    const { violations } = setting.api;
    await setting.api.stop();
    expect(violations).to.deep.equal([]);
  });

  describe("that works", () => {
    it("restores the newest completed snapshot, asks before, and waits for the end", async () => {
      await setting.start({ onRestore: () => setting.time.after(300_000) });
      const job = await run();
      expect(job).to.include({ state: "completed" });
      expect(job!.point).to.deep.equal({ snapshotId: ids.newest });
      expect(job!.target).to.deep.equal({ projectId: ids.production, cluster: "restored" });
      expect(setting.confirmed).to.deep.equal(["restored"]);
      expect(setting.logged[0]).to.equal(
        `began restore job ${job!.id}: snapshot ${ids.newest} into restored`,
      );
      expect(setting.logged.at(-1)).to.match(/running for \d min \d+ s$/);
      expect(Math.max(...setting.time.slept)).to.be.at.most(60_000);
    });

    it("restores a moment, in seconds since the epoch", async () => {
      await setting.start();
      const job = await run(moment("2026-11-22T22:11:12.900Z"));
      expect(job!.point).to.deep.equal({ utcSeconds: Date.parse("2026-11-22T22:11:12Z") / 1_000 });
      expect(setting.clusters.production.jobs[0]).to.include({ pointInTimeUTCSeconds: 1_795_385_472 });
    });

    it("restores into another project's cluster", async () => {
      await setting.start();
      const job = await run({ ...latest, target: "drill", targetProject: "drills" });
      expect(job!.target).to.deep.equal({ projectId: ids.elsewhere, cluster: "drill" });
    });

    it("restores into the environment's own cluster when its name was given once more", async () => {
      await setting.start();
      const own = { ...latest, target: "ecobeat-production" };
      expect(await messageOf(run(own))).to.contain("add --replace ecobeat-production");
      expect(await messageOf(run({ ...own, replace: "ecobeat-staging" }))).to.contain("add --replace");
      expect(await run({ ...own, replace: "ecobeat-production" })).to.include({ state: "completed" });
    });

    it("restores what is left of a cluster that is gone", async () => {
      await setting.start();
      const { production } = setting.clusters;
      await setting.api.stop();
      await setting.start({
        injectFault: (operation) =>
          operation === "getCluster" && !setting.confirmed.length && production.jobs.length === 0
            ? firstOnly()
            : undefined,
      });
      let asked = 0;
      const firstOnly = () => (asked++ === 0 ? { status: 404, errorCode: "CLUSTER_NOT_FOUND" } : undefined);
      expect(await run(moment("2026-11-22T22:00:00Z"))).to.include({ state: "completed" });
      expect(setting.api.calls).to.not.include("getBackupSchedule");
    });

    it("only says what it would call, when told so", async () => {
      await setting.start();
      expect(await run({ ...latest, dryRun: true })).to.equal(undefined);
      expect(setting.logged[0]).to.match(
        /^would call POST \/api\/atlas\/v2\/groups\/b0+1\/clusters\/ecobeat-production\/backup\/restoreJobs \{"deliveryType":"automated"/,
      );
      expect(setting.logged[1]).to.contain(
        `atlas backups restores start automated --clusterName ecobeat-production --snapshotId ${ids.newest} ` +
          `--targetProjectId ${ids.production} --targetClusterName restored --projectId ${ids.production}`,
      );
      expect(setting.api.calls).to.not.include("createBackupRestoreJob");
      expect(setting.confirmed).to.deep.equal([]);
    });
  });

  describe("refuses", () => {
    const refusals: [string, RestoreRequest, RegExp][] = [
      ["a target that is missing", { ...latest, target: "typo" }, /There is no cluster typo.*Create one/],
      [
        "a target's project that is missing",
        { ...latest, targetProject: "typo" },
        /There is no project typo.*correct the name/,
      ],
      ["a moment in the future", moment("2026-11-22T22:30:01Z"), /is in the future.*correct the time/],
      ["a moment before the window", moment("2026-11-15T22:29:59Z"), /only moments from 2026-11-15T22:30:00/],
      [
        "a snapshot that is not there",
        { ...latest, point: { snapshot: "d00000000000000000000001" } },
        /There is no snapshot d0.*atlas snapshots/,
      ],
      ["a snapshot that failed", { ...latest, point: { snapshot: ids.failed } }, /has failed.*Choose/],
      ["a snapshot on its way", { ...latest, point: { snapshot: ids.pending } }, /not completed yet.*Wait/],
    ];
    for (const [what, request, message] of refusals) {
      it(what, async () => {
        await setting.start();
        expect(await messageOf(run(request))).to.match(message);
        expect(setting.confirmed).to.deep.equal([]);
        expect(setting.api.calls.filter((call) => call.startsWith("create"))).to.deep.equal([]);
      });
    }

    it("a target that is not idle, or paused", async () => {
      await setting.start();
      setting.clusters.restored.stateName = "REPAIRING";
      expect(await messageOf(run())).to.contain("restored is REPAIRING");
      setting.clusters.restored.stateName = "IDLE";
      setting.clusters.restored.paused = true;
      expect(await messageOf(run())).to.contain("restored is paused");
    });

    it("a Flex cluster as the target", async () => {
      await setting.start();
      setting.clusters.restored.kind = "flex";
      expect(await messageOf(run())).to.contain("Create an M10 or larger");
    });

    it("a cluster without a log, and one without snapshots", async () => {
      await setting.start();
      setting.clusters.production.pitEnabled = false;
      expect(await messageOf(run(moment("2026-11-22T22:00:00Z")))).to.contain("Restore with --snapshot");
      setting.clusters.production.pitEnabled = true;
      setting.clusters.production.snapshots = [];
      expect(await messageOf(run(moment("2026-11-22T22:00:00Z")))).to.contain("no snapshot that it could");
      expect(await messageOf(run())).to.contain("There is no completed snapshot");
    });

    it("a cluster of another kind than the table says", async () => {
      await setting.start();
      setting.clusters.production.kind = "flex";
      expect(await messageOf(run())).to.contain('of the kind "flex" in Atlas');
    });

    it("to begin when it is not agreed", async () => {
      await setting.start();
      const operator = { ...setting.operator, confirm: () => Promise.reject(new Error("not agreed")) };
      expect(await messageOf(restore(setting.client, latest, operator))).to.equal("not agreed");
      expect(setting.api.calls).to.not.include("createBackupRestoreJob");
    });
  });

  describe("ends with an error when the job", () => {
    it("fails", async () => {
      await setting.start({ onRestore: () => Promise.reject(new Error("disk full")) });
      expect(await messageOf(run())).to.match(
        /job \w+ of snapshot c0+2 into restored has failed.*Look for the reason/,
      );
    });

    for (const state of ["cancelled", "expired"] as const) {
      it(`is ${state}`, async () => {
        await setting.start({
          onRestore: async (job) => {
            await setting.time.after(30_000);
            job.state = state;
          },
        });
        expect(await messageOf(run())).to.contain(state === "expired" ? "has expired" : "was cancelled");
      });
    }

    it("takes longer than it is waited for", async () => {
      await setting.start({ onRestore: () => new Promise(() => {}) });
      const message = await messageOf(run({ ...latest, timeoutMinutes: 10 }));
      expect(message)
        .to.contain("has not ended after 10 minutes")
        .and.contain("atlas backups restores describe");
    });
  });

  describe("run again", () => {
    it("goes on waiting for the job that was begun, though its target is busy and a newer snapshot is there", async () => {
      let end = () => {};
      await setting.start({ onRestore: () => new Promise<void>((resolve) => (end = resolve)) });
      const stopped = new AbortController();
      const interrupted = restore(setting.client, latest, {
        ...setting.operator,
        interruptible: ({ why, action }, work) => {
          setting.time.after(60_000).then(() => stopped.abort(new Error(`${why} ${action}`)));
          return work(stopped.signal);
        },
      });
      expect(await messageOf(interrupted)).to.match(
        /^The restore continues in Atlas as job \w+\. Run the same command again to wait for it, or: atlas backups restores describe \w+/,
      );
      const { production } = setting.clusters;
      production.snapshots.push({ id: ids.another, status: "completed", createdAt: "2026-11-22T22:31:00Z" });
      setting.time.after(60_000).then(() => end());
      const job = await run();
      expect(job!.id).to.equal(production.jobs[0]!.id);
      expect(production.jobs).to.have.length(1);
      expect(setting.confirmed).to.deep.equal(["restored"]);
    });

    it("refuses while something else is being restored into the same target", async () => {
      await setting.start();
      setting.clusters.production.jobs.push({
        id: "e00000000000000000000001",
        targetGroupId: ids.production,
        targetClusterName: "restored",
        snapshotId: ids.oldest,
        state: "running",
      });
      const message = await messageOf(run(moment("2026-11-22T22:00:00Z")));
      expect(message).to.match(/Something else is being restored into restored: snapshot c0+1, by job e0+1/);
      expect(await messageOf(run({ ...latest, point: { snapshot: ids.newest } }))).to.contain(
        "Something else",
      );
    });

    it("twice at once begins one job, and both wait for it", async () => {
      await setting.start({ onRestore: () => setting.time.after(120_000) });
      const both = await Promise.all([run(), restore(setting.newClient(), latest, setting.operator)]);
      expect(both[0]!.id).to.equal(both[1]!.id);
      expect(setting.clusters.production.jobs).to.have.length(1);
    });
  });

  describe("on a bad day", () => {
    it("does not begin a second job when the answer to the first is lost", async () => {
      let lost = 0;
      await setting.start({ onRestore: () => setting.time.after(60_000), injectFault: lose });
      function lose(operation: string) {
        if (operation !== "createBackupRestoreJob" || lost++ > 0) return undefined;
        // Atlas has begun, and nobody hears of it.
        setting.clusters.production.jobs.push({
          id: "e00000000000000000000002",
          targetGroupId: ids.production,
          targetClusterName: "restored",
          snapshotId: ids.newest,
          state: "running",
        });
        setting.time.after(60_000).then(() => {
          setting.clusters.production.jobs[0]!.state = "completed";
          setting.clusters.production.jobs[0]!.finishedAt = "2026-11-22T22:40:00Z";
        });
        return "cut" as const;
      }
      expect(await run()).to.include({ id: "e00000000000000000000002", state: "completed" });
      expect(lost).to.equal(1);
    });

    it("never repeats a call that may have begun a job, and says so when it has not", async () => {
      let asked = 0;
      await setting.start({
        injectFault: (operation) =>
          operation === "createBackupRestoreJob" && ++asked > 0 ? { status: 500 } : undefined,
      });
      expect(await messageOf(run())).to.match(/with 500.*Atlas itself has trouble.*run this again/);
      expect(asked).to.equal(1);
    });

    it("outlives its token, errors and limits while it waits for hours", async () => {
      let polls = 0;
      await setting.start({
        onRestore: () => setting.time.after(2.5 * 3_600_000),
        injectFault: (operation) => {
          if (operation !== "getBackupRestoreJob") return undefined;
          polls++;
          if (polls % 20 === 5) return { status: 503 };
          if (polls % 20 === 10) return { status: 429, retryAfter: "7" };
          return polls % 20 === 15 ? "cut" : undefined;
        },
      });
      expect(await run({ ...latest, timeoutMinutes: 200 })).to.include({ state: "completed" });
      expect(setting.api.calls.filter((call) => call === "token").length).to.equal(3);
    });
  });
});
