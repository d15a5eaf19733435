import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { expect } from "chai";
import { PreTrafficHook } from "../../../../scripts/release/pre-traffic/pre-traffic.ts";
import { jsonLogger } from "../../../../service/platform/logging.ts";
import { newPerson, startService, type TestService } from "../../../support/service.ts";
import { setVariables } from "../../../support/variables.ts";
import { FakeAws, type Outcome } from "./fake-aws.ts";

const event = { DeploymentId: "d-EXAMPLE", LifecycleEventHookExecutionId: "execution" };

describe("A new version, before its first request", () => {
  let service: TestService;
  let aws: FakeAws;
  let lines: Record<string, unknown>[];
  let remaining: number;
  let putBack: () => void;

  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  beforeEach(async () => {
    aws = new FakeAws();
    await aws.start();
    const { email, password } = newPerson();
    aws.account = JSON.stringify({ email, password });
    aws.respond = (_version, request) => ask(request);
    putBack = setVariables({
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    [lines, remaining] = [[], 40_000];
  });
  afterEach(() => {
    aws.stop();
    putBack();
  });

  /** As a version of the service does. */
  async function ask({ path, httpMethod, headers, body }: APIGatewayProxyEvent): Promise<Outcome> {
    const { Host: _, ...sent } = headers;
    const answer = await fetch(service.url + path, {
      method: httpMethod,
      headers: sent as Record<string, string>,
      body,
    });
    return { statusCode: answer.status, body: await answer.text() };
  }

  const run = () =>
    new PreTrafficHook({
      environment: "staging",
      codeDeploy: new CodeDeployClient({ maxAttempts: 1 }),
      lambda: new LambdaClient({ maxAttempts: 1 }),
      log: jsonLogger((line) => lines.push(JSON.parse(line))),
    }).run(event, { getRemainingTimeInMillis: () => remaining });

  async function expectFailed(reason: RegExp): Promise<void> {
    expect(await run()).to.equal("Failed");
    expect(aws.reportedStatuses).to.deep.equal([
      { deploymentId: "d-EXAMPLE", lifecycleEventHookExecutionId: "execution", status: "Failed" },
    ]);
    expect(lines).to.have.length(1);
    const [{ level, cause }] = lines as [{ level: string; cause: { message: string } }];
    expect([level, cause.message]).to.satisfy(() => level === "error" && reason.test(cause.message));
  }

  /** Has one route of the tried version fail. */
  const failing = (path: string, outcome: Outcome, version = "ecobeat-staging-auth:7") => {
    aws.respond = async (asked, request) =>
      asked === version && request.path === path ? outcome : ask(request);
  };

  it("logs in with the account that it registers the first time, reads the profile and logs out", async () => {
    expect(await run()).to.equal("Succeeded");
    const tried = (method: string, path: string) => `ecobeat-staging-auth:7 ${method} ${path}`;
    expect(aws.calls).to.deep.equal([
      tried("GET", "/health/ready"),
      tried("POST", "/v1/auth/login"),
      tried("POST", "/v1/auth/register"),
      tried("POST", "/v1/auth/login"),
      "ecobeat-staging-api:live GET /v1/users/me",
      tried("POST", "/v1/auth/logout"),
    ]);
    aws.calls.length = 0;
    expect(await run()).to.equal("Succeeded");
    expect(aws.calls).to.have.length(4);
    expect(aws.reportedStatuses.map(({ status }) => status)).to.deep.equal(["Succeeded", "Succeeded"]);
    expect(JSON.stringify(lines)).not.to.contain(JSON.parse(aws.account!).password);
  });

  it("is the api's where that is moved: users log in where they do today", async () => {
    aws.appSpec = aws.createAppSpec("api", 9);
    expect(await run()).to.equal("Succeeded");
    expect(new Set(aws.calls.map((call) => call.split(" ")[0]))).to.deep.equal(
      new Set(["ecobeat-staging-api:9", "ecobeat-staging-auth:live"]),
    );
    expect(aws.calls).to.include("ecobeat-staging-api:9 GET /v1/users/me");
  });

  for (const [what, path, outcome, reason] of [
    [
      "does not reach a dependency",
      "/health/ready",
      {
        statusCode: 503,
        body: '{"dependencies":{"database":{"status":"down"},"keys":{"status":"up"}}}',
      },
      /auth:7 answers 503 to GET \/health\/ready: database down$/,
    ],
    [
      "lets nobody in",
      "/v1/auth/login",
      { statusCode: 500, body: '{"title":"Internal error"}' },
      /500 to POST \/v1\/auth\/login: Internal error$/,
    ],
    ["gives no tokens", "/v1/auth/login", { statusCode: 200, body: "{}" }, /200 to POST \/v1\/auth\/login$/],
    [
      "refuses the account and will not register it",
      "/v1/auth/login",
      { statusCode: 401, body: "not JSON" },
      /401 to POST \/v1\/auth\/login$/,
    ],
    ["logs nobody out", "/v1/auth/logout", { statusCode: 404, body: "" }, /404 to POST \/v1\/auth\/logout$/],
    ["crashes", "/health/ready", { crashed: "Cannot find module 'index'" }, /auth:7 crashed: Cannot find/],
    ["gives no answer", "/health/ready", {}, /auth:7 crashed: it gave no answer/],
    ["cannot be called", "/health/ready", { refused: "TooManyRequestsException" }, /said Lambda/],
  ] as const) {
    it(`gets none when it ${what}`, async () => {
      failing(path, outcome);
      await expectFailed(reason);
    });
  }

  it("gets none when the api shows another user's profile", async () => {
    aws.appSpec = aws.createAppSpec("api", 9);
    const body = '{"email":"other@example.com"}';
    failing("/v1/users/me", { statusCode: 200, body }, "ecobeat-staging-api:9");
    await expectFailed(/api:9 answers 200 to GET \/v1\/users\/me$/);
  });

  it("gets none without an account, or with one that is no JSON, whose value is not shown", async () => {
    aws.account = undefined;
    await expectFailed(/\/ecobeat\/staging\/probe-account does not exist/);
    [aws.account, aws.reportedStatuses.length, lines.length] = ["hidden words", 0, 0];
    await expectFailed(/probe-account is no JSON/);
    expect(JSON.stringify(lines)).not.to.contain("hidden");
  });

  it("gets none of a deployment that somebody wrote otherwise", async () => {
    aws.appSpec = "version: 0.0";
    await expectFailed(/AppSpec of d-EXAMPLE/);
  });

  it("gets none when it hangs, and CodeDeploy is told in time", async () => {
    remaining = 10_500;
    aws.respond = () => new Promise(() => {});
    await expectFailed(/abort/i);
  });

  it("is tried anew by Lambda when CodeDeploy could not be told", async () => {
    aws.reportError = "ThrottlingException";
    expect((await run().catch((error) => error)).message).to.equal("said CodeDeploy");
  });
});
