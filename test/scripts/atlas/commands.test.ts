import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { ops } from "../run-ops.ts";
import { AtlasFixture, ids } from "./fixture.ts";

describe("ops atlas", () => {
  let setting: AtlasFixture;
  const run = (...args: string[]) => ops(["atlas", ...args], setting.api.variables);
  const production = ["--environment", "production"];
  const restore = ["restore", ...production, "--target", "restored"];

  beforeEach(async () => {
    setting = new AtlasFixture();
    await setting.start();
  });
  afterEach(async () => {
    await setting.api.stop();
    expect(setting.api.violations).to.deep.equal([]);
  });

  it("shows a status, and ends with 1 when the newest snapshot is late", async () => {
    // Commands go by the clock of this machine; the snapshots are of another day.
    setting.time.now = Date.now();
    const late = await run("status", ...production, "--json");
    expect(late.code, late.output).to.equal(1);
    expect(JSON.parse(late.output)).to.include({ late: true, promisedHours: 4 });
    setting.clusters.production.snapshots.push({
      id: ids.another,
      status: "completed",
      createdAt: new Date().toISOString(),
    });
    const { code, output } = await run("status", ...production);
    expect(code, output).to.equal(0);
    expect(output).to.contain("0.0 hours old");
  });

  it("lists snapshots, and takes one", async () => {
    setting.time.now = Date.now();
    const listed = await run("snapshots", ...production, "--json");
    expect(JSON.parse(listed.output).map(({ id }: { id: string }) => id)).to.include(ids.oldest);
    const taken = await run("snapshots", ...production, "--create", "a test");
    expect(taken.code, taken.output).to.equal(0);
    expect(taken.output).to.contain("onDemand");
  });

  it("restores with --yes, and asks for the target's name without", async () => {
    setting.time.now = Date.now();
    const asked = await run(...restore, "--snapshot", ids.newest);
    expect(asked.code).to.equal(1);
    expect(asked.output).to.contain("no name was typed: nothing was changed");
    const done = await run(...restore, "--snapshot", ids.newest, "--yes");
    expect(done.code, done.output).to.equal(0);
    expect(done.output).to.contain("restored into restored by job");
  });

  for (const command of [
    ["snapshots"],
    ["snapshots", "--create", "a test"],
    ["restore", "--target", "restored", "--snapshot", "latest", "--yes"],
    ["restore", "--target", "restored", "--point-in-time", "2026-11-22T22:00:00Z", "--yes"],
  ]) {
    it(`refuses ${command.join(" ")} of a Flex cluster, and says what to do`, async () => {
      const { code, output } = await run(...command, "--environment", "staging");
      expect(code, output).to.equal(1);
      expect(output)
        .to.match(/Flex cluster.*once a day/)
        .and.not.contain("    at ");
      expect(output).to.contain("npm run ops -- backup create --environment staging");
      expect(output).to.contain("npm run ops -- restore --from").and.contain("runbooks/restore-database.md");
      expect(setting.api.calls).to.deep.equal([]);
    });
  }

  it("says, when it is interrupted, that the job goes on and how to follow it", async () => {
    await setting.api.stop();
    await setting.start({ clock: Date.now, onRestore: () => new Promise(() => {}) });
    const args = ["--import", "tsx", "scripts/ops.ts", "atlas", ...restore, "--snapshot", "latest", "--yes"];
    const command = spawn(process.execPath, args, { env: { ...process.env, ...setting.api.variables } });
    let said = "";
    command.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (text.includes("running for")) command.kill("SIGINT");
    });
    const [code] = await once(command, "close");
    expect(code, said).to.equal(1);
    expect(said).to.match(/Interrupted by SIGINT\. The restore continues in Atlas as job \w+\. Run the same/);
    expect(said).to.contain("atlas backups restores describe").and.not.contain("    at ");
  });

  it("wants to know what to restore, once, and times with their zone", async () => {
    const neither = await run(...restore);
    expect(neither.output).to.contain("give --snapshot or --point-in-time").and.not.contain("    at ");
    const zoneless = await run(...restore, "--point-in-time", "2026-11-22T22:30:00");
    expect(zoneless.output).to.contain("It must be a time with its zone");
    const short = await run(...restore, "--snapshot", "latest", "--wait-minutes", "0");
    expect(short.output).to.contain("whole number of minutes");
    expect([neither.code, zoneless.code, short.code]).to.deep.equal([1, 1, 1]);
  });

  it("says which variable is missing", async () => {
    const { code, output } = await ops(["atlas", "status", ...production], { MONGODB_ATLAS_CLIENT_ID: "" });
    expect(code).to.equal(1);
    expect(output).to.contain("MONGODB_ATLAS_CLIENT_ID is not set").and.not.contain("    at ");
  });
});
