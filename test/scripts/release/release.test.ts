import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { git } from "../../../scripts/git-mirror/git.ts";
import { getCleanCommit, readArchive } from "../../../scripts/release/archive.ts";
import { ReleaseFunctions, releasedFunctions } from "../../../scripts/release/functions.ts";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { expectRefusal, opsProcess } from "../run-ops.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";
import { type ReleasedEnvironment, useReleasedEnvironment } from "./released-environment.ts";
import { createStatedArchive, stateOrigin } from "./stated-archive.ts";

/** With one package. */
const lockfile = JSON.stringify({ packages: { "node_modules/one": { version: "1.0.0", integrity: "sha512-AAAA" } } });

describeWith("AWS_ENDPOINT_URL", "ops release", () => {
  const getEnvironment = useReleasedEnvironment();
  let { staging, api, createArguments, release, start, writeArchive } = {} as ReleasedEnvironment;
  beforeEach(() => {
    ({ staging, api, createArguments, release, start, writeArchive } = getEnvironment());
  });

  /** Starts a release in its own process, and ends the process when CodeDeploy has shifted traffic. */
  const interrupt = async (content: string, signal: NodeJS.Signals) => {
    const child = start(await createArguments(content, "--yes"));
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk;
      });
    }
    while (!/auth: d-\S+ is InProgress, traffic goes to 1 and 2/.test(output)) await wait(10);
    child.kill(signal);
    const [code] = await once(child, "close");
    return { code, output };
  };

  it("changes nothing in a dry run, or without a confirmation", async () => {
    const dry = await release("new", "--dry-run");
    expect(dry.output).to.match(
      /^api: runs version 1, archive \S{44}\nauth: runs .*\nto release: archive \S{44}, commit unknown\nmigrate: .*\npre-traffic: .*\nalarms in ALARM: none$/m,
    );
    await expectRefusal(opsProcess(await createArguments("new"), api.variables), "[not-confirmed]");
    expect(staging.codeDeploy.deployments).to.deep.equal([]);
    expect(await staging.getEvents()).to.deep.equal([]);
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });

  it("lets one of two users win, and explains that to the other", async () => {
    const names = ["one", "other"];
    let hasOneEnded = false;
    staging.setCanary(() => hasOneEnded);
    const both = await Promise.all(
      names.map(async (name) => {
        const outcome = await release(name);
        hasOneEnded = true;
        return outcome;
      }),
    );
    const [lost] = both.filter(({ code }) => code !== 0);
    const won = names.filter((_, index) => both[index]!.code === 0);
    expect(won).to.have.length(1);
    expect(lost!.output).to.match(
      /\[(archive-published-concurrently|codedeploy-call-failed|migration-archive-replaced|release-in-progress)\]/,
    );
    const { sha256: winner } = await readArchive(await writeArchive(won[0]!));
    const states = await new ReleaseFunctions("staging").read();
    // The loser may have published one of the two: Lambda numbers the versions of each function separately.
    const running = releasedFunctions.map(
      (id) => states[id].versions.find(({ version }) => version === states[id].live.version)!.sha256,
    );
    expect(running).to.deep.equal([winner, winner]);
    expect((await staging.getEvents()).at(-1)).to.equal("release succeeded");
  });

  it("writes the statement next to an archive to the release log, once, also for an archive that runs already", async () => {
    await release("new");
    const log = new ReleaseLog("staging");
    expect(await log.readStatements()).to.deep.equal([]);
    const path = await writeArchive("new");
    const statement = stateOrigin(await readArchive(path), "c".repeat(40), lockfile);
    await writeFile(path.replace(/zip$/, "provenance.json"), JSON.stringify(statement));
    const { code, output } = await release("new");
    expect([code, output]).to.satisfy(() => code === 0 && output.includes("Nothing to do"), output);
    for (let times = 0; times < 2; times += 1) await log.appendStatements([statement]);
    expect((await log.readStatements()).map((logged) => logged.statement)).to.deep.equal([statement]);
  });

  for (const call of ["PUT /code", "POST /versions"] as const) {
    it(`does not replace the archive of a user who is first to ${call}`, async () => {
      const functions = new ReleaseFunctions("staging");
      const publish = async (name: string) => functions.publish("api", await readArchive(await writeArchive(name)));
      staging.aws.beforeChange = async (_, change) => {
        if (change !== call) return;
        staging.aws.beforeChange = async () => {};
        await publish("other");
      };
      await expectCode("archive-published-concurrently", () => publish("one"));
      const { versions } = (await functions.read()).api;
      const { sha256 } = await readArchive(await writeArchive("other"));
      expect(versions.map(({ version }) => version)).to.deep.equal([1, 2]);
      expect(versions[1]).to.include({ sha256 });
    });
  }

  it("is refused while traffic shifts to another archive, and names who started that", async () => {
    staging.setCanary(() => false);
    await interrupt("one", "SIGKILL");
    const output = await expectRefusal(release("other"), "[release-in-progress]");
    expect(output).to.match(/d-\S{9} has shifted the traffic of api from 1 to 2 since 20\S+\. .*by arn:/);
    expect((await opsProcess(["rollback", "--environment", "staging", "--yes"])).code).to.equal(0);
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });

  it("continues without its command, which says so, and the next command resumes it", async () => {
    let enough = Number.POSITIVE_INFINITY;
    staging.setCanary((polls) => polls > enough);
    const { code, output } = await interrupt("new", "SIGINT");
    expect(code).to.equal(130);
    expect(output).to.match(/Interrupted by SIGINT\. .*\(d-\S{9}, d-\S{9}\).*ops -- rollback --environment staging/);
    enough = 1 + Math.max(...staging.codeDeploy.deployments.map(({ polls }) => polls));
    const again = await release("new");
    expect(again.output).to.match(/api: d-\S+ is Succeeded, traffic goes to 2\n[\s\S]*staging runs/);
    expect([again.code, await staging.getLiveVersions()]).to.deep.equal([0, ["2", "2"]]);
    expect(staging.codeDeploy.deployments).to.have.length(2);
    expect(await staging.getEvents()).to.deep.equal(["release started", "release started", "release succeeded"]);
  });

  it("runs the smoke tests also after an earlier interruption, and rolls back both functions", async () => {
    let isInterrupted = false;
    staging.setCanary(() => isInterrupted);
    await interrupt("new", "SIGKILL");
    isInterrupted = true;
    await staging.codeDeploy.waitUntilIdle();
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "2"]);
    api.overrides.set("2", (_request, response) => void response.writeHead(503).end("{}"));
    expect((await release("new")).code).to.equal(1);
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });

  it("does not start without the release log", async () => {
    const bare = new EmulatedEnvironment();
    await bare.create({ releaseLog: false });
    await expectRefusal(release("new"), "ResourceNotFound", "[release-log-unavailable]");
    bare.remove();
    expect(bare.codeDeploy.deployments).to.deep.equal([]);
  });
});

describeWith("AWS_ENDPOINT_URL", "ops rollback without CodeDeploy", () => {
  const staging = new EmulatedEnvironment();
  before(async () => {
    await staging.create();
    await staging.functions.release("new");
  });
  after(() => staging.remove());

  it("completes while CodeDeploy stays silent, and warns", async () => {
    staging.codeDeploy.beforeCall = () => new Promise(() => {});
    const { code, output } = await opsProcess(["rollback", "--environment", "staging", "--yes"]);
    expect(output).to.match(/AWS CodeDeploy does not respond.*continues without CodeDeploy\./);
    expect(output).to.contain("api: shifted from 2 to 1");
    expect(code).to.equal(0);
  });
});

describe("what a release takes", () => {
  const getFolder = useTemporaryFolder();

  it("is no build for production: staging must have run it", async () => {
    await expectRefusal(opsProcess(["release", "--environment", "production", "--yes"]), "[release-needs-promotion]");
  });

  it("is a ZIP archive that exists", async () => {
    const path = join(getFolder(), "new.zip");
    await expectCode("archive-not-readable", () => readArchive(path));
    await writeFile(path, "text");
    await expectCode("archive-not-zip", () => readArchive(path));
  });

  it("has a statement of provenance next to it, or none, and never that of another archive", async () => {
    const path = join(getFolder(), "new.zip");
    const { bytes, statement } = createStatedArchive("new", "c".repeat(40), lockfile, "one");
    await writeFile(path, bytes);
    expect(await readArchive(path)).to.not.have.any.keys("statement", "commit");
    await writeFile(join(getFolder(), "new.provenance.json"), JSON.stringify(statement));
    expect(await readArchive(path)).to.deep.include({ statement, commit: "c".repeat(40) });
    await writeFile(path, createStatedArchive("newer", "c".repeat(40), lockfile, "one").bytes);
    await expectCode("statement-of-another-archive", () => readArchive(path));
  });

  it("is a checkout without uncommitted changes", async () => {
    const folder = getFolder();
    const commit = ["-c", "user.name=Ann", "-c", "user.email=ann@ecobeat.test", "commit", "-q"];
    await git(folder, "init", "-q");
    await git(folder, ...commit, "--allow-empty", "-m", "Begin");
    expect(await getCleanCommit(folder)).to.match(/^[0-9a-f]{40}$/);
    await writeFile(join(folder, "new.ts"), "");
    const { message } = await expectCode("checkout-not-committed", () => getCleanCommit(folder));
    expect(message).to.include("\n?? new.ts\n");
  });
});
