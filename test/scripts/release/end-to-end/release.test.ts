import { setTimeout as wait } from "node:timers/promises";
import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { probeAccountParameter } from "../../../../scripts/release/pre-traffic/contract.ts";
import { runPreTrafficHook } from "../../../../scripts/release/pre-traffic/pre-traffic.ts";
import { parameterPath } from "../../../../service/contract.ts";
import { jsonLogger } from "../../../../service/platform/logging.ts";
import { describeWith } from "../../../support/real-services.ts";
import { expectRefusal, opsProcess } from "../../run-ops.ts";
import { account } from "../public-api.ts";
import { type ReleasedEnvironment, useReleasedEnvironment } from "../released-environment.ts";

describeWith("AWS_ENDPOINT_URL", "a release from end to end", () => {
  const getEnvironment = useReleasedEnvironment();
  let { staging, api, release } = {} as ReleasedEnvironment;
  /** Log lines of the pre-traffic hook. */
  let hookLog: string[];

  const getUpdates = (id: string) =>
    staging.aws.aliasUpdates.filter((update) => update.includes(`-${id} `)).map((update) => update.split(" ")[1]);

  /** Releases during continuous requests, of which none may fail. */
  const releaseUnderLoad = async (during?: () => Promise<void>) => {
    const load = api.sendContinuously();
    const releasing = release("new");
    await during?.();
    const outcome = await releasing;
    // Also the deployments with which CodeDeploy rolls back others.
    expect(staging.codeDeploy.isIdle).to.equal(true);
    const { sent, failed } = await load.stop();
    expect(failed).to.deep.equal([]);
    return { ...outcome, sent };
  };

  const expectRolledBack = async () => {
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
    expect(await staging.getEvents()).to.deep.equal(["release started", "release rolled back"]);
  };

  beforeEach(async () => {
    ({ staging, api, release } = getEnvironment());
    staging.setCanary((polls) => polls >= 2);
    staging.aws.invoke = api.invoke;
    const { clientConfig } = staging.account;
    await new SSMClient(clientConfig).send(
      new PutParameterCommand({
        ...{ Name: parameterPath("staging", probeAccountParameter), Type: "SecureString" },
        Value: JSON.stringify(account),
      }),
    );
    hookLog = [];
    const props = {
      environment: "staging" as const,
      codeDeploy: new CodeDeployClient(clientConfig),
      lambda: new LambdaClient(clientConfig),
      log: jsonLogger((line) => hookLog.push(line)),
    };
    staging.codeDeploy.hook = async (event, name) => {
      expect(name).to.equal("ecobeat-staging-pre-traffic");
      await runPreTrafficHook(props, event, { getRemainingTimeInMillis: () => 60_000 });
    };
  });

  it("shifts the traffic of both functions in steps, runs smoke tests, and loses no request", async () => {
    const { code, output, sent } = await releaseUnderLoad();
    expect(output).to.match(/api: d-\S+ is InProgress, traffic goes to 1 and 2\n.*api: d-\S+ is Succeeded/s);
    expect(output).to.match(/passed {2}login.*staging runs \S{44}\.$/ms);
    expect(code).to.equal(0);
    expect(hookLog.filter((line) => line.includes("version may take requests"))).to.have.length(2);
    expect(await staging.getLiveVersions()).to.deep.equal(["2", "2"]);
    for (const id of ["api", "auth"]) expect(getUpdates(id), id).to.deep.equal(["1+2", "2"]);
    expect(sent).to.be.greaterThan(20);
    expect([...api.served]).to.have.members(["api 1", "api 2", "auth 1", "auth 2"]);
    expect(await staging.getEvents()).to.deep.equal(["release started", "release succeeded"]);
    expect((await release("new")).output).to.match(/^Nothing to do: staging runs \S{44} already\.$/m);
    expect(await staging.getEvents()).to.have.length(2);
  });

  it("shifts no traffic if the new version fails the pre-traffic test", async () => {
    api.overrides.set("2", (_request, response) => void response.writeHead(503).end('{"dependencies":{}}'));
    const output = await expectRefusal(releaseUnderLoad());
    expect(output).to.match(/d-\S+ failed \(HOOK_EXECUTION_FAILURE: .*\[release-rolled-back\]/);
    expect(output).to.include("runs the previous release again: api 1, auth 1.");
    expect(hookLog.join("\n")).to.match(/ecobeat-staging-(api|auth):2 .* 503 .*GET \/health\/ready/);
    expect(api.served.has("api 2")).to.equal(false);
    await expectRolledBack();
  });

  it("rolls back both functions if an alarm of one fires", async () => {
    staging.setDeploymentGroup("auth", { canary: { share: 0.5, isOver: () => false } });
    const { code, output } = await releaseUnderLoad(async () => {
      while (!api.served.has("auth 2")) await wait(5);
      staging.aws.alarms = ["ecobeat-staging-auth-errors"];
    });
    expect(code).to.equal(1);
    expect(output).to.match(/d-\S+ was stopped \(ALARM_ACTIVE: /);
    expect(getUpdates("auth")[0]).to.equal("1+2");
    expect(getUpdates("api").at(-1)).to.equal("1");
    await expectRolledBack();
    const again = await opsProcess(["rollback", "--environment", "staging", "--yes"]);
    expect(again.output, "a rollback goes no further").to.match(/^Nothing to do/m);
  });

  it("rolls back both functions if a smoke test fails", async () => {
    api.overrides.set("2", (request, response) => {
      if (request.method !== "OPTIONS") return api.service(request, response);
      response.writeHead(204, { "access-control-allow-origin": "*" }).end();
    });
    const output = await expectRefusal(releaseUnderLoad());
    expect(output).to.match(/failed {2}cors .*cors: .*\[release-rolled-back\]/s);
    await expectRolledBack();
  });

  it("can be rolled back while it is in progress", async () => {
    // It does not end by itself.
    staging.setCanary(() => false);
    const { code } = await releaseUnderLoad(async () => {
      while (!api.served.has("api 2") || !api.served.has("auth 2")) await wait(20);
      const rollback = await opsProcess(["rollback", "--environment", "staging", "--yes"]);
      expect(rollback.output).to.contain("api: shifted from 1 and 2 to 1");
      expect([rollback.code, await staging.getLiveVersions()]).to.deep.equal([0, ["1", "1"]]);
      // On a slow machine the rollback does not wait for CodeDeploy.
      for (const each of staging.codeDeploy.deployments) each.stopRequested = true;
    });
    expect(code).to.equal(1);
    expect(await staging.getLiveVersions()).to.deep.equal(["1", "1"]);
  });
});
