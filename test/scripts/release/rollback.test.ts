import { execFile } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { Deployments } from "../../../scripts/release/deployments.ts";
import { ReleaseFunctions, releasedFunctions } from "../../../scripts/release/functions.ts";
import { type RollbackOptions, rollback } from "../../../scripts/release/rollback.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { expectRefusal, opsProcess, withoutCredentials } from "../run-ops.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";

/** Runs a command until the signal kills it. */
const runUntil = (signal: AbortSignal, args: string[]): Promise<void> =>
  new Promise((resolve) => {
    execFile(process.execPath, ["scripts/run.cjs", "scripts/ops.ts", ...args], { signal, killSignal: "SIGKILL" }, () =>
      resolve(),
    );
  });

describeWith("AWS_ENDPOINT_URL", "ops rollback", () => {
  const staging = new EmulatedEnvironment();
  const { aws } = staging;

  const run = async (options: Partial<RollbackOptions> = {}) => {
    const lines: string[] = [];
    const add = (line: string) => void lines.push(line);
    const output = { log: add, warn: add };
    await rollback({ environment: "staging", yes: true, ...options }, output);
    return lines.join("\n");
  };

  before(async () => {
    await staging.create();
    await staging.functions.release("better");
    await staging.functions.release("bad");
  });
  beforeEach(async () => {
    aws.beforeChange = async () => {};
    await Promise.all(["api", "auth"].map((id) => staging.updateAlias(id, 3)));
  });
  after(() => staging.remove());

  it("restores the previous release, and changes nothing more in a second run", async () => {
    expect(await run()).to.match(/^api: shifted from 3 to 2\nauth: shifted from 3 to 2\narchive: \S{44}\n/m);
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "2"]);
    expect(await run()).to.match(/^Nothing to do: version 2 of api .*--to: 1, 3/m);
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "2"]);
  });

  it("goes further back, and forward again, by the version", async () => {
    await run({ to: 1 });
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
    await run({ to: 3 });
    expect(await staging.getLiveVersions()).to.deep.equal(["3", "3"]);
    expect(await run({ to: 3 })).to.match(/^api: runs 3 already\nauth: runs 3 already/m);
  });

  it("shifts all traffic back from a release in progress", async () => {
    for (const id of ["api", "auth"]) await staging.updateAlias(id, 2, { 3: 0.1 });
    expect(await run()).to.contain("api: shifted from 2 and 3 to 2");
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "2"]);
  });

  it("waits for the deployment with which CodeDeploy rolls back the stopped one, and then goes further back", async () => {
    for (const id of ["api", "auth"]) await staging.updateAlias(id, 2);
    staging.setCanary(() => false);
    const deployments = new Deployments("staging");
    for (const id of releasedFunctions) await deployments.create({ function: id, from: 2, to: 3 });
    while ((await staging.getLiveVersions()).join() !== "2+3,2+3") await wait(10);
    expect(await run({ to: 1 })).to.contain("api: shifted from 2 and 3 to 1");
    await staging.codeDeploy.waitUntilIdle();
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
    expect(staging.codeDeploy.deployments.map(({ creator, status }) => `${creator} ${status}`).sort()).to.deep.equal([
      "codeDeployRollback Succeeded",
      "codeDeployRollback Succeeded",
      "user Stopped",
      "user Stopped",
    ]);
  });

  it("waits for a rollback of CodeDeploy that is in progress, and does not stop it", async () => {
    for (const id of ["api", "auth"]) await staging.updateAlias(id, 2);
    const { codeDeploy } = staging;
    const { duringRollback } = codeDeploy;
    const getRollbacks = () =>
      codeDeploy.deployments.slice(created).filter(({ creator }) => creator === "codeDeployRollback");
    const created = codeDeploy.deployments.length;
    codeDeploy.duringRollback = async () => {
      while (getRollbacks().some(({ polls }) => polls < 2)) await wait(10);
      await wait(300);
    };
    const deployments = new Deployments("staging");
    for (const id of releasedFunctions) {
      await deployments.stop(await deployments.create({ function: id, from: 2, to: 3 }));
    }
    while (getRollbacks().length < 2) await wait(10);
    expect(await run({ to: 1 })).to.not.contain("without CodeDeploy");
    await codeDeploy.waitUntilIdle();
    codeDeploy.duringRollback = duringRollback;
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
    expect(getRollbacks().map(({ stopRequested }) => stopRequested)).to.deep.equal([false, false]);
  });

  it("does not wait longer than 5 seconds for CodeDeploy's rollback, and shifts the traffic also if that updates an alias meanwhile", async () => {
    for (const id of ["api", "auth"]) await staging.updateAlias(id, 2);
    const { beforeRollback } = staging.codeDeploy;
    let end = () => {};
    staging.codeDeploy.beforeRollback = () =>
      new Promise<void>((resolve) => {
        const before = end;
        end = () => {
          before();
          resolve();
        };
      });
    const deployments = new Deployments("staging");
    for (const id of releasedFunctions) await deployments.create({ function: id, from: 2, to: 3 });
    while ((await staging.getLiveVersions()).join() !== "2+3,2+3") await wait(10);
    // CodeDeploy updates the alias of auth after the rollback has read it.
    aws.beforeChange = async (name) => {
      if (!name.endsWith("auth")) return;
      aws.beforeChange = async () => {};
      end();
      await staging.codeDeploy.waitUntilIdle();
    };
    expect(await run()).to.match(
      /CodeDeploy has not .*The rollback continues without CodeDeploy\.\napi: shifted from 2 and 3 to 2\nauth: shifted from 2 and 3 to 2/,
    );
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "2"]);
    const live = await new ReleaseFunctions("staging").getLiveAlias("auth");
    expect(live.rolledBackFrom, "the last update is that of the rollback").to.equal(3);
    staging.codeDeploy.beforeRollback = beforeRollback;
  });

  it("says which alarms are in ALARM, before it starts", async () => {
    aws.alarms = ["ecobeat-staging-auth-errors", "ecobeat-staging-dump-age", "ecobeat-staging-rest-api-failures"];
    const named = "ecobeat-staging-rest-api-failures, ecobeat-staging-auth-errors";
    expect(await run()).to.match(new RegExp(`^alarms in ALARM: ${named}\\napi: shifted from 3 to 2$`, "m"));
    aws.alarms = [];
    expect(await run()).to.match(/^alarms in ALARM: none$/m);
  });

  it("continues if CloudWatch does not say which alarms are in ALARM", async () => {
    aws.areAlarmsSilent = true;
    expect(await run()).to.match(
      /^Which alarms are in ALARM is unknown\..*The rollback continues\.\napi: shifted from 3 to 2$/m,
    );
    aws.areAlarmsSilent = false;
  });

  it("completes a run that was interrupted between the functions", async () => {
    const signal = new AbortController();
    aws.beforeChange = async (name) => {
      if (!name.endsWith("auth")) return;
      signal.abort();
      await new Promise(() => {});
    };
    await runUntil(signal.signal, ["rollback", "--environment", "staging", "--yes"]);
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "3"]);
    aws.beforeChange = async () => {};
    expect(await run()).to.match(/^api: runs 2 already\nauth: shifted from 3 to 2/m);
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "2"]);
  });

  it("lets one of two users win, and explains that to the other", async () => {
    let isFirst = true;
    aws.beforeChange = async () => {
      if (!isFirst) return;
      isFirst = false;
      await run({ to: 1 });
    };
    const { message } = await expectCode("lambda-call-failed", () => run());
    expect(message).to.match(/ecobeat-staging-api .*Another user/);
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });

  it("shifts the traffic also if a deployment that CodeDeploy has not named goes on to its next step", async () => {
    for (const id of ["api", "auth"]) await staging.updateAlias(id, 2, { 3: 0.1 });
    aws.beforeChange = async () => {
      aws.beforeChange = async () => {};
      await staging.updateAlias("api", 3);
    };
    expect(await run()).to.contain("api: shifted from 2 and 3 to 2");
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "2"]);
  });

  it("is refused if the alias changes to a version that it does not roll back, or without end", async () => {
    for (const [version, times, expected] of [
      [1, 1, ["1", "2+3"]],
      [3, Number.POSITIVE_INFINITY, ["3", "2+3"]],
    ] as const) {
      for (const id of ["api", "auth"]) await staging.updateAlias(id, 2, { 3: 0.1 });
      let count = 0;
      const update = async () => {
        if (count === times) return;
        count += 1;
        aws.beforeChange = async () => {};
        await staging.updateAlias("api", version);
        aws.beforeChange = update;
      };
      aws.beforeChange = update;
      const { message } = await expectCode("lambda-call-failed", () => run());
      expect(message).to.match(/ecobeat-staging-api .*Another user/);
      aws.beforeChange = async () => {};
      expect(await staging.getLiveVersions()).to.deep.equal(expected);
    }
  });

  it("shifts no traffic in a dry run, or without a confirmation", async () => {
    expect(await run({ dryRun: true, yes: false })).to.contain("api: would shift from 3 to 2");
    await expectCode("not-confirmed", () => run({ yes: false }));
    expect(await staging.getLiveVersions()).to.deep.equal(["3", "3"]);
  });

  it("prints machine-readable output", async () => {
    const { code, output } = await opsProcess(["rollback", "--environment", "staging", "--yes", "--json"]);
    expect(code).to.equal(0);
    const { functions, release } = JSON.parse(output.slice(0, output.lastIndexOf("\n}") + 2));
    expect(functions).to.deep.equal([
      { function: "api", from: [3], to: 2, outcome: "shifted" },
      { function: "auth", from: [3], to: 2, outcome: "shifted" },
    ]);
    expect(release).to.include({ api: 2, auth: 2 });
  });

  it("is refused for an environment whose functions do not exist", async () => {
    const { message } = await expectCode("lambda-call-failed", () => run({ environment: "production" }));
    expect(message).to.include("deploy ecobeat-production-service");
  });
});

describe("ops rollback without credentials", () => {
  it("explains how to set them", async () => {
    const output = await expectRefusal(
      opsProcess(["rollback", "--environment", "staging", "--yes"], withoutCredentials),
    );
    expect(output).to.match(/no AWS credentials .*aws sso login.*\[lambda-call-failed\]/);
  });
});
