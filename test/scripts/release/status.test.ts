import { expect } from "chai";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { type RollbackOptions, rollback } from "../../../scripts/release/rollback.ts";
import { type EnvironmentStatus, formatStatus, getStatus } from "../../../scripts/release/status.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { ops } from "../run-ops.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";

describeWith("AWS_ENDPOINT_URL", "ops status", () => {
  const staging = new EmulatedEnvironment();

  const read = async (environment?: DeployedEnvironment) => {
    const warnings: string[] = [];
    const found = await getStatus(environment, (line) => warnings.push(line));
    return { found, warnings: warnings.join("\n") };
  };
  /** The human-readable output for staging. */
  const format = async () => {
    const { found } = await read("staging");
    return found.flatMap((each) => formatStatus(each, false)).join("\n");
  };
  const rollBack = (options: Partial<RollbackOptions> = {}) =>
    rollback({ environment: "staging", yes: true, ...options }, { log: () => {}, warn: () => {} });

  before(async () => {
    await staging.create();
    await staging.functions.release("better");
    await staging.functions.release("bad");
  });
  after(() => staging.remove());

  it("shows the current release, and those to which a rollback can go", async () => {
    const text = await format();
    expect(text).to.match(/^staging\n {2}api {3}version 3, archive \S{44}, published 20.*Z\n {2}auth {2}version 3, /);
    expect(text).to.contain("can be rolled back to: api 2 with auth 2; api 1 with auth 1");
    expect(text).to.contain("the release log is empty");
  });

  it("shows who shifted which traffic, and when", async () => {
    const before = new Date().toISOString();
    await rollBack();
    const [{ functions, olderReleases, history = [] }] = (await read("staging")).found as [EnvironmentStatus];
    expect(functions.map(({ versions, rolledBackFrom }) => [versions, rolledBackFrom])).to.deep.equal([
      [[2], 3],
      [[2], 3],
    ]);
    expect(olderReleases.map(({ api }) => api)).to.deep.equal([1]);
    expect(history.map(({ event }) => event)).to.deep.equal(["rollback succeeded", "rollback started"]);
    for (const { at, by, shifts, sha256 } of history) {
      expect(at >= before, at).to.equal(true);
      expect(by).to.match(/^arn:aws:sts::\d{12}:assumed-role\/drill\/drill$/);
      expect(shifts).to.deep.equal([
        { function: "api", from: [3], to: 2 },
        { function: "auth", from: [3], to: 2 },
      ]);
      expect(sha256).to.equal(functions[0]!.sha256);
    }
    expect(await format()).to.match(/version 2, rolled back from 3.*rollback succeeded: api from 3 to 2, auth/s);
  });

  it("prints JSON, with the history only on request", async () => {
    const run = async (...more: string[]) => {
      const args = ["status", "--environment", "staging", "--json", ...more];
      return JSON.parse((await ops(args, { NODE_NO_WARNINGS: "1" })).output);
    };
    const { found } = await read("staging");
    expect(await run("--history")).to.deep.equal(found);
    expect((await run())[0])
      .to.include({ environment: "staging" })
      .and.not.have.property("history");
  });

  it("shows no event for a rollback that shifts nothing, and one for a rollback that fails", async () => {
    const count = async () => (await staging.getEvents()).length;
    const events = await count();
    await rollBack();
    await rollBack({ to: 3, yes: false, dryRun: true });
    expect(await count()).to.equal(events);
    let isFirst = true;
    staging.aws.beforeChange = async () => {
      if (!isFirst) return;
      isFirst = false;
      await rollBack({ to: 1 });
    };
    await rollBack({ to: 3 }).catch(() => {});
    const [newest] = await new ReleaseLog("staging").read(1);
    expect(newest).to.include({ event: "rollback failed" });
  });

  it("skips environments in other accounts, and warns", async () => {
    const { found, warnings } = await read();
    expect(found.map(({ environment }) => environment)).to.deep.equal(["staging"]);
    expect(warnings).to.match(/ecobeat-production-(api|auth).*Use credentials of the account of production/);
    await expectCode("lambda-call-failed", () => read("production"));
  });
});

describeWith("AWS_ENDPOINT_URL", "ops rollback without its log", () => {
  const staging = new EmulatedEnvironment();
  before(async () => {
    await staging.create({ releaseLog: false });
    await staging.functions.release("bad");
  });
  after(() => staging.remove());

  it("shifts the traffic, and warns that the log has no line", async () => {
    const warnings: string[] = [];
    const output = { log: () => {}, warn: (line: string) => void warnings.push(line) };
    await rollback({ environment: "staging", yes: true }, output);
    expect(warnings.join("\n")).to.match(/^The release log has no line "rollback started"\. .*ResourceNotFound/);
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });
});
