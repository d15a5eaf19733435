import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { compileOps } from "../../support/compiled-program.ts";
import { expectRefusal, ops } from "../run-ops.ts";
import { ids, useAtlas } from "./fixture.ts";

describe("ops atlas", () => {
  const atlas = useAtlas();
  const run = (...args: string[]) => ops(["atlas", ...args], atlas.api.variables);
  const production = ["--environment", "production"];
  const restore = ["restore", ...production, "--target", "restored"];

  // The commands use the clock of this machine, so that the fixture's snapshots are old.
  beforeEach(() => {
    atlas.time.now = Date.now();
  });

  it("shows a status, and exits with 1 if the newest snapshot is overdue", async () => {
    const overdue = await run("status", ...production, "--json");
    expect(overdue.code, overdue.output).to.equal(1);
    expect(JSON.parse(overdue.output)).to.include({ isOverdue: true, snapshotIntervalHours: 4 });
    const createdAt = new Date().toISOString();
    atlas.clusters.production.snapshots.push({ id: ids.another, status: "completed", createdAt });
    const { code, output } = await run("status", ...production);
    expect(code, output).to.equal(0);
    expect(output).to.contain("0.0 hours old");
  });

  it("lists snapshots, and takes one", async () => {
    const listed = await run("snapshots", ...production, "--json");
    expect(JSON.parse(listed.output).map(({ id }: { id: string }) => id)).to.include(ids.oldest);
    const taken = await run("snapshots", ...production, "--create", "a test");
    expect(taken.code, taken.output).to.equal(0);
    expect(taken.output).to.contain("onDemand");
  });

  it("restores with --yes, and requires the target's name otherwise", async () => {
    await expectRefusal(run(...restore, "--snapshot", ids.newest), "[not-confirmed]");
    const done = await run(...restore, "--snapshot", ids.newest, "--yes");
    expect(done.code, done.output).to.equal(0);
    expect(done.output).to.contain("restored into restored by job");
  });

  it("prints the calls of a dry run as text and as JSON, and makes none that writes", async () => {
    const create = ["snapshots", ...production, "--create", "a test", "--dry-run"];
    const { code, stdout } = await run(...create);
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^would call POST \S+\/clusters\/ecobeat-production\/backup\/snapshots \{"description":"a test"/,
    );
    const [call] = JSON.parse((await run(...create, "--json")).stdout);
    expect(call).to.deep.include({ method: "POST", body: { description: "a test", retentionInDays: 7 } });
    const [start] = JSON.parse((await run(...restore, "--snapshot", ids.newest, "--dry-run", "--json")).stdout);
    expect(start.body).to.include({ snapshotId: ids.newest, targetClusterName: "restored" });
    expect(atlas.api.calls.filter((operation) => /^(create|take)/i.test(operation))).to.deep.equal([]);
  });

  it("restores a point in time to the second", async () => {
    const seconds = Math.floor(Date.now() / 1_000) - 3_600;
    const time = new Date(seconds * 1_000 + 900).toISOString();
    const { output } = await run(...restore, "--point-in-time", time, "--dry-run");
    expect(output).to.contain(`"pointInTimeUTCSeconds":${seconds},`);
  });

  for (const command of [
    ["snapshots"],
    ["snapshots", "--create", "a test"],
    ["restore", "--target", "restored", "--snapshot", "latest", "--yes"],
    ["restore", "--target", "restored", "--point-in-time", "2026-11-22T22:00:00Z", "--yes"],
  ]) {
    it(`rejects ${command.join(" ")} of a Flex cluster before any call`, async () => {
      const backup = "npm run ops -- backup create --environment staging";
      await expectRefusal(run(...command, "--environment", "staging"), "[atlas-flex-has-no-backups]", backup);
      expect(atlas.api.calls).to.deep.equal([]);
    });
  }

  it("explains, when interrupted, that the job continues and how to follow it", async () => {
    await atlas.start({ clock: Date.now, onRestore: () => new Promise(() => {}) });
    const args = [await compileOps(), "atlas", ...restore, "--snapshot", "latest", "--yes"];
    const command = spawn(process.execPath, args, { env: { ...process.env, ...atlas.api.variables } });
    let stderr = "";
    command.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (text.includes("running for")) command.kill("SIGINT");
    });
    const [code] = await once(command, "close");
    expect(code, stderr).to.equal(130);
    expect(stderr).to.match(/SIGINT.* continues in Atlas.*atlas backups restores describe.*\[interrupted\]/);
    expect(stderr).to.not.contain("    at ");
  });

  for (const [what, args, text] of [
    ["without a snapshot or a time", [], "[restore-point-ambiguous]"],
    ["with a time without its zone", ["--point-in-time", "2026-11-22T22:30:00"], "a time with its zone"],
    ["with no minutes to wait", ["--snapshot", "latest", "--wait-minutes", "0"], "whole number of minutes"],
  ] as const) {
    it(`rejects a restore ${what}`, async () => {
      await expectRefusal(run(...restore, ...args), text);
    });
  }
});
