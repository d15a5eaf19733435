import { expect } from "chai";
import { ReleaseFunctions } from "../../../scripts/release/functions.ts";
import type { RebuiltArchives } from "../../../scripts/release/rebuild.ts";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { assertSame, type VerifyOptions, verifyRelease } from "../../../scripts/release/verify-release.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { opsProcess } from "../run-ops.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";
import { createArchive, stateOrigin } from "./stated-archive.ts";

describe("An archive that differs from its build", () => {
  it("without a statement is not said to be built with another Node.js", () => {
    const archive = { ...createArchive({ "index.js": "x" }), commit: "1".repeat(40) };
    const { sha256, commit } = archive;
    const verified = [{ functions: "api", commit, sha256, isSame: false, differences: [] }];
    expect(() => assertSame(verified, [archive]))
      .to.throw("packed in another way")
      .with.property("message")
      .that.does.not.contain("Node.js");
  });
});

describeWith("AWS_ENDPOINT_URL", "ops release verify", () => {
  const [first, second] = ["1".repeat(40), "2".repeat(40)];
  const hook = createArchive({ "index.js": "first pre-traffic" });
  const good = createArchive({ "index.js": "good" });
  const released = createArchive({ "index.js": "released", "db.js": "driver" });
  let staging: EmulatedEnvironment;
  /** What each commit builds. */
  let builds: Record<string, RebuiltArchives> = {};

  before(async () => {
    staging = new EmulatedEnvironment("staging");
    await staging.create();
  });
  after(() => staging.remove());

  /** Verifies, and returns the result and the log. */
  const verify = async (options: Partial<VerifyOptions> = {}) => {
    const log: string[] = [];
    const results: { archives: readonly object[] }[] = [];
    let error: Error | undefined;
    await verifyRelease(
      { environment: "staging", ...options },
      {
        log: (line) => void log.push(line),
        warn: (line) => void log.push(line),
        result: (result) => void results.push(result as { archives: object[] }),
      },
      async (commit) => {
        log.push(`built ${commit}`);
        return builds[commit]!;
      },
    ).catch((cause: Error) => {
      error = cause;
    });
    return { log, archives: results[0]?.archives, error };
  };

  it("asks for the commit of a release that has no line in the release log", async () => {
    await expectCode("commit-of-archive-unknown", async () => {
      throw (await verify()).error;
    });
    builds = { [first]: { commit: first, service: good.bytes, preTraffic: hook.bytes } };
    builds.v1 = builds[first]!;
    const { archives, error } = await verify({ commit: "v1" });
    expect(error).to.equal(undefined);
    expect(archives).to.deep.equal([
      { functions: "api:1 and auth:1", commit: first, sha256: good.sha256, isSame: true, differences: [] },
      { functions: "pre-traffic", commit: first, sha256: hook.sha256, isSame: true, differences: [] },
    ]);
  });

  it("takes the commit of the release log, and the hook's that of the service", async () => {
    await new ReleaseLog("staging").append({
      ...{ event: "release succeeded", shifts: [], commit: first, sha256: good.sha256 },
    });
    const { log, error } = await verify();
    expect(error).to.equal(undefined);
    expect(log.filter((line) => line.startsWith("built"))).to.deep.equal([`built ${first}`]);
  });

  it("verifies each archive that gets traffic, with the commit of its statement", async () => {
    for (const id of ["api", "auth"] as const) await new ReleaseFunctions("staging").publish(id, released);
    await staging.updateAlias("api", 1, { 2: 0.1 });
    await new ReleaseLog("staging").appendStatements([stateOrigin(released, second, "{}")]);
    builds[second] = { commit: second, service: released.bytes, preTraffic: hook.bytes };
    const { archives, error } = await verify();
    expect(error).to.equal(undefined);
    expect(archives!.map((archive) => Object.values(archive).slice(0, 2))).to.have.deep.members([
      ["api:1 and auth:1", first],
      ["api:2", second],
      ["pre-traffic", first],
    ]);
    for (const id of ["api", "auth"]) await staging.updateAlias(id, 2);
  });

  it("fails for an archive with other bytes than its commit builds, and names the files", async () => {
    const preTraffic = createArchive({ "index.js": "another hook" });
    builds[second] = {
      commit: second,
      service: createArchive({ "index.js": "released" }).bytes,
      preTraffic: preTraffic.bytes,
    };
    const { archives, error } = await verify();
    expect(error).to.have.property("code", "archive-differs");
    expect(error!.message)
      .to.contain(`api:2 and auth:2 and commit ${second}: db.js: not in the build, 6 bytes run.`)
      .and.contain(`pre-traffic and commit ${second}: index.js: 17 bytes run, 12 bytes were built.`);
    // Also as JSON, for those who look into it.
    expect(archives).to.have.length(2);
    expect(archives![0]).to.deep.include({ isSame: false, differences: [{ file: "db.js", runningBytes: 6 }] });
    expect((await verify({ function: "auth" })).archives).to.have.length(1);
  });

  it("says that another version of Node.js may be the reason", async () => {
    const statement = stateOrigin(released, "3".repeat(40), "{}");
    Object.assign(statement.predicate.runDetails.builder.version, { node: "18.0.0" });
    await new ReleaseLog("staging").appendStatements([statement]);
    builds["3".repeat(40)] = builds[second]!;
    const { error } = await verify({ function: "api" });
    expect(error!.message).to.contain(`built with Node.js 18.0.0, and now with ${process.versions.node}`);
  });

  it("is a command that says which commit a clone lacks", async () => {
    const { code, output } = await opsProcess(["release", "verify", "--environment", "staging", "--commit", first]);
    expect([code, output]).to.satisfy(() => code === 1 && output.includes("[commit-not-in-clone]"), output);
  });
});
