import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { zip } from "../../../../scripts/build/archive.ts";
import { probeAccountParameter } from "../../../../scripts/release/pre-traffic/contract.ts";
import { PreTrafficHook } from "../../../../scripts/release/pre-traffic/pre-traffic.ts";
import { ReleaseLog } from "../../../../scripts/release/release-log.ts";
import { parameterPath } from "../../../../service/contract.ts";
import { jsonLogger } from "../../../../service/platform/logging.ts";
import { describeWith } from "../../../support/real-services.ts";
import { ops } from "../../run-ops.ts";
import { EmulatedEnvironment } from "../emulated-environment.ts";
import { account, PublicApi } from "./public-api.ts";

describeWith("AWS_ENDPOINT_URL", "rehearsal of a release", () => {
  let staging: EmulatedEnvironment;
  let api: PublicApi;
  let folder: string;
  /** What the function said that tries new versions. */
  const tried: string[] = [];

  const archive = async (content: string): Promise<string> => {
    const path = join(folder, `${content}.zip`);
    await writeFile(path, zip({ "index.js": Buffer.from(content) }));
    return path;
  };
  const release = async (content: string, ...more: string[]) => {
    const where = ["--environment", "staging", "--api", api.url];
    return ops(["release", ...where, "--archive", await archive(content), "--yes", ...more], api.variables);
  };
  const live = async () => [
    (await staging.functions.getRouting("api")).version,
    (await staging.functions.getRouting("auth")).version,
  ];
  const steps = async () => (await new ReleaseLog("staging").read(20)).map(({ event }) => event).reverse();
  const movesOf = (id: string) =>
    staging.aws.aliasUpdates.filter((move) => move.includes(`-${id} `)).map((move) => move.split(" ")[1]);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-release-"));
    staging = new EmulatedEnvironment();
    await staging.create();
    for (const id of ["api", "auth"]) {
      staging.codeDeploy.groups[`ecobeat-staging-${id}`] = {
        canary: { share: 0.5, isOver: (looks) => looks >= 2 },
      };
    }
    api = new PublicApi(staging, "staging", "https://staging.ecobeat.app");
    await api.start();
    staging.aws.invoke = api.invoke;
    const { clientConfig } = staging.account;
    await new SSMClient(clientConfig).send(
      new PutParameterCommand({
        ...{ Name: parameterPath("staging", probeAccountParameter), Type: "SecureString" },
        Value: JSON.stringify(account),
      }),
    );
    tried.length = 0;
    const preTraffic = new PreTrafficHook({
      environment: "staging",
      codeDeploy: new CodeDeployClient(clientConfig),
      lambda: new LambdaClient(clientConfig),
      log: jsonLogger((line) => tried.push(line)),
    });
    staging.codeDeploy.hook = async (event, name) => {
      expect(name).to.equal("ecobeat-staging-pre-traffic");
      await preTraffic.run(event, { getRemainingTimeInMillis: () => 60_000 });
    };
  });
  afterEach(async () => {
    await staging.codeDeploy.waitUntilIdle();
    await api.stop();
    staging.remove();
    await rm(folder, { recursive: true });
  });

  it("moves both functions step by step, looks from outside, and loses no request", async () => {
    const asking = api.sendContinuously();
    const { code, output } = await release("new");
    const { sent, failed } = await asking.stop();
    expect(output).to.match(/api: d-\S+ is InProgress, 1 and 2 serve.*api: d-\S+ is Succeeded, 2 serve/s);
    expect(output).to.match(/passed {2}login.*staging runs \S{44}\.$/ms);
    expect(code).to.equal(0);
    expect(tried.filter((line) => line.includes("version may take requests"))).to.have.length(2);
    expect(await live()).to.deep.equal(["2", "2"]);
    expect([movesOf("api"), movesOf("auth")]).to.deep.equal([
      ["1+2", "2"],
      ["1+2", "2"],
    ]);
    expect(failed).to.deep.equal([]);
    expect(sent).to.be.greaterThan(20);
    for (const version of ["api 1", "api 2", "auth 1", "auth 2"])
      expect(api.served.has(version), version).to.equal(true);
    expect(await steps()).to.deep.equal(["release begun", "release done"]);
    expect((await release("new")).output).to.match(/^Nothing was moved: staging runs \S{44} already\.$/m);
    expect(await steps()).to.have.length(2);
  });

  it("moves nothing when the new version fails its check", async () => {
    api.overrides.set("2", (_request, response) => void response.writeHead(503).end('{"dependencies":{}}'));
    const asking = api.sendContinuously();
    const { code, output } = await release("new");
    expect((await asking.stop()).failed).to.deep.equal([]);
    expect(code).to.equal(1);
    expect(output).to.match(
      /Version 2 of a\w+ was not released: d-\S+ has failed \(HOOK_EXECUTION_FAILURE: /,
    );
    expect(tried.join("\n")).to.match(/ecobeat-staging-(api|auth):2 answers 503 to GET \/health\/ready/);
    expect(output).to.contain("Both functions run one release again: api 1, auth 1.");
    expect(await live()).to.deep.equal(["1", "1"]);
    expect(api.served.has("api 2")).to.equal(false);
    expect(await steps()).to.deep.equal(["release begun", "release put back"]);
  });

  it("puts both functions back when an alarm of one rings", async () => {
    let isAlarming = false;
    staging.codeDeploy.groups["ecobeat-staging-auth"] = {
      canary: { share: 0.5, isOver: () => false },
      isAlarming: () => isAlarming,
    };
    const asking = api.sendContinuously();
    const releasing = release("new");
    while (!api.served.has("auth 2")) await new Promise((resolve) => setTimeout(resolve, 5));
    isAlarming = true;
    const { code, output } = await releasing;
    expect((await asking.stop()).failed).to.deep.equal([]);
    expect([code, await live()]).to.deep.equal([1, ["1", "1"]]);
    expect(output).to.match(/Version 2 of auth was not released: d-\S+ has been stopped \(ALARM_ACTIVE: /);
    expect(movesOf("auth")[0]).to.equal("1+2");
    expect(movesOf("api").at(-1)).to.equal("1");
    expect(await steps()).to.deep.equal(["release begun", "release put back"]);
    const again = await ops(["rollback", "--environment", "staging", "--yes"]);
    expect(again.output, "a rollback goes no further").to.match(/^Nothing was moved/m);
  });

  it("puts both functions back when it is not well from outside", async () => {
    api.overrides.set("2", (request, response) => {
      if (request.method !== "OPTIONS") return api.service(request, response);
      response.writeHead(204, { "access-control-allow-origin": "*" }).end();
    });
    const asking = api.sendContinuously();
    const { code, output } = await release("new");
    expect((await asking.stop()).failed).to.deep.equal([]);
    expect(code).to.equal(1);
    expect(output).to.match(/failed {2}cors .*staging was put back to what it ran before.*cors: pages of/s);
    expect(await live()).to.deep.equal(["1", "1"]);
    expect(await steps()).to.deep.equal(["release begun", "release put back"]);
  });

  it("is rolled back in the middle within 10 seconds, and stays there", async () => {
    for (const group of Object.keys(staging.codeDeploy.groups)) {
      staging.codeDeploy.groups[group] = { canary: { share: 0.5, isOver: () => false } };
    }
    const asking = api.sendContinuously();
    const releasing = release("new");
    while (!api.served.has("api 2") || !api.served.has("auth 2")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const begun = performance.now();
    const { code, output } = await ops(["rollback", "--environment", "staging", "--yes"]);
    const seconds = (performance.now() - begun) / 1_000;
    expect(output).to.contain("api: moved from 1 and 2 to 1");
    expect([code, await live()]).to.deep.equal([0, ["1", "1"]]);
    expect(seconds).to.be.lessThan(10);
    expect((await releasing).code).to.equal(1);
    await staging.codeDeploy.waitUntilIdle();
    expect((await asking.stop()).failed).to.deep.equal([]);
    expect(await live()).to.deep.equal(["1", "1"]);
  });
});
