import { expect } from "chai";
import { describeWith } from "../../support/real-services.ts";
import { expectRefusal } from "../run-ops.ts";
import { type ReleasedEnvironment, useReleasedEnvironment } from "./released-environment.ts";

describeWith("AWS_ENDPOINT_URL", "a release while an alarm is in ALARM", () => {
  const getEnvironment = useReleasedEnvironment();
  let { staging, release } = {} as ReleasedEnvironment;
  beforeEach(() => {
    ({ staging, release } = getEnvironment());
  });

  const [apiErrors, authErrors, failures] = ["api-errors", "auth-errors", "rest-api-failures"].map(
    (name) => `ecobeat-staging-${name}`,
  ) as [string, string, string];
  /** Alarms that can stop the deployment of each function, where they differ from those of its group. */
  const getOverrides = () =>
    Object.fromEntries(
      staging.codeDeploy.deployments.flatMap(({ id, group }) => {
        const override = staging.codeDeploy.alarmOverrides.get(id);
        return override ? [[group, [override.enabled, override.alarms.map(({ name }) => name)]]] : [];
      }),
    );

  it("is refused before anything is uploaded, and says what to do", async () => {
    staging.aws.alarms = ["ecobeat-staging-dump-age", apiErrors, failures];
    const output = await expectRefusal(release("new"), "[alarm-firing]");
    expect(output).to.include(`Alarms are in ALARM: ${apiErrors}, ${failures}. CodeDeploy stops a deployment`);
    expect(output).to.match(/Wait .*, or roll back .* is the fix, add --override-alarms/);
    expect(staging.aws.events).to.deep.equal([]);
    const dry = await release("new", "--dry-run");
    expect(dry.output).to.include(`alarms in ALARM: ${apiErrors}, ${failures}; a release needs --override-alarms\n`);
    expect(dry.code).to.equal(0);
  });

  it("is refused before indexes are created, if only settings of the functions have changed", async () => {
    expect((await release("new")).code).to.equal(0);
    const before = staging.codeDeploy.deployments.length;
    for (const id of ["api", "auth"]) await staging.setMemory(id, 1024);
    staging.aws.alarms = [failures];
    staging.aws.events.length = 0;
    await expectRefusal(release("new"), "[alarm-firing]");
    expect(staging.aws.events.filter((event) => !event.endsWith("POST /versions"))).to.deep.equal([]);
    expect(staging.codeDeploy.deployments).to.have.length(before);
    staging.aws.alarms = [];
    expect([(await release("new")).code, await staging.getLiveVersions()]).to.deep.equal([0, ["3", "3"]]);
  });

  it("goes on with alarms that belong to no deployment group", async () => {
    staging.aws.alarms = ["ecobeat-staging-dump-age"];
    const { code, output } = await release("new");
    expect(output).to.match(/^alarms in ALARM: none$/m);
    expect([code, getOverrides()]).to.deep.equal([0, {}]);
  });

  it("succeeds with --override-alarms, and all other alarms can still stop it", async () => {
    staging.aws.alarms = [apiErrors];
    const { code, output } = await release("new", "--override-alarms");
    expect(output).to.match(/^alarms in ALARM: ecobeat-staging-api-errors; the new deployments ignore them, and/m);
    expect([code, await staging.getLiveVersions()]).to.deep.equal([0, ["2", "2"]]);
    expect(getOverrides()).to.deep.equal({ "ecobeat-staging-api": [true, [failures]] });
  });

  it("succeeds with --override-alarms if all alarms of a group are in ALARM", async () => {
    staging.aws.alarms = [failures, authErrors];
    expect((await release("new", "--override-alarms")).code).to.equal(0);
    expect(getOverrides()).to.deep.equal({
      "ecobeat-staging-api": [true, [apiErrors]],
      "ecobeat-staging-auth": [false, []],
    });
  });

  it("is rolled back with --override-alarms if another alarm fires", async () => {
    staging.setCanary(() => false);
    staging.aws.alarms = [apiErrors];
    const releasing = release("new", "--override-alarms");
    while ((await staging.getLiveVersions()).join() !== "1+2,1+2") await new Promise(setImmediate);
    staging.aws.alarms = [apiErrors, failures];
    await expectRefusal(releasing, "ALARM_ACTIVE", "[release-rolled-back]");
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });

  it("is refused with --override-alarms to a role that may not change deployment groups", async () => {
    staging.codeDeploy.mayUpdateGroups = false;
    staging.aws.alarms = [failures];
    const output = await expectRefusal(release("new", "--override-alarms"), "[codedeploy-call-failed]");
    expect(output).to.match(
      /codedeploy:UpdateDeploymentGroup.*Only the role for overriding alarms.*docs\/workflows\.md/,
    );
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });

  it("needs no override without a firing alarm, and says so", async () => {
    staging.codeDeploy.mayUpdateGroups = false;
    const { code, output } = await release("new", "--override-alarms");
    expect(output).to.match(/^alarms in ALARM: none; --override-alarms has no effect$/m);
    expect([code, getOverrides()]).to.deep.equal([0, {}]);
  });

  it("that was stopped by an alarm is rolled back without --override-alarms", async () => {
    staging.setCanary(() => false);
    const releasing = release("new");
    while ((await staging.getLiveVersions()).join() !== "1+2,1+2") await new Promise(setImmediate);
    staging.aws.alarms = [authErrors];
    await expectRefusal(releasing, "ALARM_ACTIVE", "[release-rolled-back]");
    expect(staging.codeDeploy.isIdle).to.equal(true);
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });
});
