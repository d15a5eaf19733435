import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { zip } from "../../../scripts/build/archive.ts";
import { git } from "../../../scripts/git-mirror/git.ts";
import { getCleanCommit, readArchive } from "../../../scripts/release/archive.ts";
import { ReleaseFunctions, releasedFunctions } from "../../../scripts/release/functions.ts";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { describeWith } from "../../support/real-services.ts";
import { ops } from "../run-ops.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";
import { PublicApi } from "./end-to-end/public-api.ts";

describeWith("AWS_ENDPOINT_URL", "ops release", () => {
  let staging: EmulatedEnvironment;
  let api: PublicApi;
  let folder: string;

  const archive = async (content: string): Promise<string> => {
    const path = join(folder, `${content}.zip`);
    await writeFile(path, zip({ "index.js": Buffer.from(content) }));
    return path;
  };
  const args = async (content: string, ...more: string[]) => [
    ...["release", "--environment", "staging", "--api", api.url],
    ...["--archive", await archive(content), ...more],
  ];
  const release = async (content: string, ...more: string[]) =>
    ops(await args(content, "--yes", ...more), api.variables);
  const live = async () => [
    (await staging.functions.getRouting("api")).version,
    (await staging.functions.getRouting("auth")).version,
  ];
  const steps = async () => (await new ReleaseLog("staging").read(20)).map(({ event }) => event).reverse();
  const canary = (isOver: (looks: number) => boolean) => {
    for (const group of Object.keys(staging.codeDeploy.groups)) {
      staging.codeDeploy.groups[group] = { canary: { share: 0.1, isOver } };
    }
  };
  /** Begins a release in a process of its own, and ends that once CodeDeploy has moved requests. */
  const interrupt = async (content: string, signal: NodeJS.Signals) => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "scripts/ops.ts", ...(await args(content, "--yes"))],
      { env: { ...process.env, ...api.variables } },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk;
      });
    }
    while (!/auth: d-\S+ is InProgress, 1 and 2 serve/.test(output)) await wait(10);
    child.kill(signal);
    const [code] = await once(child, "close");
    return { code, output };
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-release-"));
    staging = new EmulatedEnvironment();
    await staging.create();
    api = new PublicApi(staging, "staging", "https://staging.ecobeat.app");
    await api.start();
  });
  afterEach(async () => {
    staging.codeDeploy.beforeCall = async () => {};
    for (const each of staging.codeDeploy.deployments) each.stopRequested = true;
    await staging.codeDeploy.waitUntilIdle();
    await api.stop();
    staging.remove();
    await rm(folder, { recursive: true });
  });

  it("does nothing in a dry run, nor before somebody has typed yes", async () => {
    const dry = await release("new", "--dry-run");
    expect(dry.output).to.match(
      /^api: runs version 1, archive \S{44}\nauth: runs .*\nto release: archive \S{44}, commit not known$/m,
    );
    const { code, output } = await ops(await args("new"), api.variables);
    expect(code).to.equal(1);
    expect(output).to.contain("Nothing was released: nobody typed yes. Type yes, or give --yes in scripts.");
    expect([staging.codeDeploy.deployments, await steps(), await live()]).to.deep.equal([[], [], ["1", "1"]]);
  });

  it("says what to do about a path that is no archive", async () => {
    await writeFile(join(folder, "new.zip"), "text");
    const at = (name: string) =>
      ops(["release", "--environment", "staging", "--yes", "--archive", join(folder, name)]);
    expect((await at("none.zip")).output).to.match(
      /Nothing was released: \S+ cannot be read \(ENOENT\)\. Build/,
    );
    expect((await at("new.zip")).output).to.match(/is no ZIP archive\. Name one that `npm run bundle`/);
  });

  it("lets one of two engineers win, and tells the other", async () => {
    const names = ["one", "other"];
    let isOneTold = false;
    canary(() => isOneTold);
    const both = await Promise.all(
      names.map(async (name) => {
        const outcome = await release(name);
        isOneTold = true;
        return outcome;
      }),
    );
    const [lost] = both.filter(({ code }) => code !== 0);
    const won = names.filter((_, index) => both[index]!.code === 0);
    expect(won).to.have.length(1);
    expect(lost!.output).to.match(
      /somebody else publishes another archive|somebody else began a deployment|since 20\S+ .*Wait until it has ended/,
    );
    const { sha256: winner } = await readArchive(await archive(won[0]!));
    const states = await new ReleaseFunctions("staging").read();
    // The loser may have published one of the two: each function counts its versions by itself.
    const running = releasedFunctions.map(
      (id) => states[id].versions.find(({ version }) => version === states[id].live.version)!.sha256,
    );
    expect(running).to.deep.equal([winner, winner]);
    expect((await steps()).at(-1)).to.equal("release done");
  });

  for (const call of ["PUT /code", "POST /versions"] as const) {
    it(`publishes no archive over that of somebody who is first to ${call}`, async () => {
      const functions = new ReleaseFunctions("staging");
      const publish = async (name: string) =>
        functions.publish("api", await readArchive(await archive(name)));
      staging.aws.beforeChange = async (_, change) => {
        if (change !== call) return;
        staging.aws.beforeChange = async () => {};
        await publish("other");
      };
      const refusal = await publish("one").catch(({ message }) => message);
      expect(refusal).to.match(/^ecobeat-staging-api was not published: somebody else publishes another/);
      const { versions } = (await functions.read()).api;
      const { sha256 } = await readArchive(await archive("other"));
      expect(versions.map(({ version }) => version)).to.deep.equal([1, 2]);
      expect(versions[1]).to.include({ sha256 });
    });
  }

  it("refuses while another archive is on its way, and says who began it", async () => {
    canary(() => false);
    await interrupt("one", "SIGKILL");
    const { code, output } = await release("other");
    expect(code).to.equal(1);
    expect(output).to.match(
      /^Nothing was released: d-\S{9} moves api from 1 to 2 since 20\S+\. The release log's last line is "release begun", by arn:\S+ Wait until it has ended, or end it with `npm run ops -- rollback/m,
    );
    expect((await ops(["rollback", "--environment", "staging", "--yes"])).code).to.equal(0);
    expect(await live()).to.deep.equal(["1", "1"]);
  });

  it("goes on without its command, which says so, and is taken up by the next", async () => {
    let enough = Number.POSITIVE_INFINITY;
    canary((looks) => looks > enough);
    const { code, output } = await interrupt("new", "SIGINT");
    expect(code).to.equal(130);
    expect(output).to.match(
      /Interrupted by SIGINT\. CodeDeploy goes on without this command \(d-\S{9}, d-\S{9}\).*ops -- rollback --environment staging/s,
    );
    enough = 1 + Math.max(...staging.codeDeploy.deployments.map(({ polls }) => polls));
    const again = await release("new");
    expect(again.output).to.match(/api: d-\S+ is Succeeded, 2 serves[\s\S]*staging runs/);
    expect([again.code, await live()]).to.deep.equal([0, ["2", "2"]]);
    expect(staging.codeDeploy.deployments).to.have.length(2);
    expect(await steps()).to.deep.equal(["release begun", "release begun", "release done"]);
  });

  it("looks from outside also when it was interrupted before that, and puts back both", async () => {
    let isInterrupted = false;
    canary(() => isInterrupted);
    await interrupt("new", "SIGKILL");
    isInterrupted = true;
    await staging.codeDeploy.waitUntilIdle();
    expect(await live()).to.deep.equal(["2", "2"]);
    api.overrides.set("2", (_request, response) => void response.writeHead(503).end("{}"));
    expect((await release("new")).code).to.equal(1);
    expect(await live()).to.deep.equal(["1", "1"]);
  });

  it("does not begin where the release log does not answer", async () => {
    const bare = new EmulatedEnvironment();
    await bare.create({ releaseLog: false });
    const { code, output } = await release("new");
    bare.remove();
    expect(code).to.equal(1);
    expect(output).to.match(
      /^Nothing was moved: the release log does not answer\. AWS refused the call: ResourceNot/m,
    );
    expect(bare.codeDeploy.deployments).to.deep.equal([]);
  });
});

describeWith("AWS_ENDPOINT_URL", "ops rollback while CodeDeploy works", () => {
  const staging = new EmulatedEnvironment();
  before(async () => {
    await staging.create();
    await staging.functions.release("new");
  });
  after(() => staging.remove());

  it("goes on without a CodeDeploy that does not answer, within 10 seconds", async () => {
    staging.codeDeploy.beforeCall = () => wait(20_000, undefined, { ref: false });
    const begun = performance.now();
    const { code, output } = await ops(["rollback", "--environment", "staging", "--yes"]);
    expect(output).to.match(/AWS CodeDeploy does not respond.* The rollback goes on without CodeDeploy\./);
    expect(output).to.contain("api: moved from 2 to 1");
    expect([code, performance.now() - begun < 10_000]).to.deep.equal([0, true]);
  });
});

describe("ops release to production", () => {
  it("builds nothing, and says what to use", async () => {
    const { code, output } = await ops(["release", "--environment", "production", "--yes"]);
    expect(code).to.equal(1);
    expect(output).to.contain(
      "production takes what staging runs, and no build that was never tried. Use `npm run ops -- promote`",
    );
  });
});

describe("the commit of a release", () => {
  it("is that of a checkout without changes, and of no other", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-checkout-"));
    const commit = ["-c", "user.name=Ann", "-c", "user.email=ann@ecobeat.test", "commit", "-q"];
    await git(folder, "init", "-q");
    await git(folder, ...commit, "--allow-empty", "-m", "Begin");
    expect(await getCleanCommit(folder)).to.match(/^[0-9a-f]{40}$/);
    await writeFile(join(folder, "new.ts"), "");
    const refusal = await getCleanCommit(folder).catch(({ message }) => message);
    expect(refusal).to.match(
      /^Nothing was released: files here differ from the last commit\.\n\?\? new\.ts\n/,
    );
    await rm(folder, { recursive: true });
  });
});
