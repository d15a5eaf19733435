import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { expect } from "chai";
import { runPreTrafficHook } from "../../../../scripts/release/pre-traffic/pre-traffic.ts";
import { jsonLogger } from "../../../../service/platform/logging.ts";
import { newPerson, startService, type TestService } from "../../../support/service.ts";
import { awsAt, setVariables } from "../../../support/variables.ts";
import { FakeAws, type Outcome } from "./fake-aws.ts";

const event = { DeploymentId: "d-EXAMPLE", LifecycleEventHookExecutionId: "execution" };

describe("the pre-traffic test of a new version", () => {
  let service: TestService;
  let aws: FakeAws;
  let lines: Record<string, unknown>[];
  let remaining: number;
  let restore: () => void;

  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  beforeEach(async () => {
    aws = new FakeAws();
    await aws.start();
    const { email, password } = newPerson();
    aws.account = JSON.stringify({ email, password });
    aws.respond = (_version, request) => send(request);
    restore = setVariables(awsAt(aws.url));
    [lines, remaining] = [[], 40_000];
  });
  afterEach(() => {
    aws.stop();
    restore();
  });

  /** Responds as a version of the service does. */
  async function send({ path, httpMethod, headers, body }: APIGatewayProxyEvent): Promise<Outcome> {
    const { Host: _, ...sent } = headers;
    const response = await fetch(service.url + path, {
      method: httpMethod,
      headers: sent as Record<string, string>,
      body,
    });
    return { statusCode: response.status, body: await response.text() };
  }

  const run = () =>
    runPreTrafficHook(
      {
        environment: "staging",
        codeDeploy: new CodeDeployClient({ maxAttempts: 1 }),
        lambda: new LambdaClient({ maxAttempts: 1 }),
        log: jsonLogger((line) => lines.push(JSON.parse(line))),
      },
      event,
      { getRemainingTimeInMillis: () => remaining },
    );

  async function expectFailed(reason: RegExp): Promise<void> {
    expect(await run()).to.equal("Failed");
    expect(aws.reportedStatuses).to.deep.equal([
      { deploymentId: "d-EXAMPLE", lifecycleEventHookExecutionId: "execution", status: "Failed" },
    ]);
    expect(lines).to.have.length(1);
    const [{ level, cause }] = lines as [{ level: string; cause: { message: string } }];
    expect([level, cause.message]).to.satisfy(() => level === "error" && reason.test(cause.message));
  }

  /** Makes one route of a version fail. */
  const failing = (path: string, outcome: Outcome, version = "ecobeat-staging-auth:7") => {
    aws.respond = async (asked, request) => (asked === version && request.path === path ? outcome : send(request));
  };

  it("registers the account the first time, logs in, reads the profile and logs out", async () => {
    expect(await run()).to.equal("Succeeded");
    const format = (method: string, path: string) => `ecobeat-staging-auth:7 ${method} ${path}`;
    expect(aws.calls).to.deep.equal([
      format("GET", "/health/ready"),
      format("POST", "/v1/auth/login"),
      format("POST", "/v1/auth/register"),
      format("POST", "/v1/auth/login"),
      "ecobeat-staging-api:live GET /v1/users/me",
      format("POST", "/v1/auth/logout"),
    ]);
    aws.calls.length = 0;
    expect(await run()).to.equal("Succeeded");
    expect(aws.calls).to.have.length(4);
    expect(aws.reportedStatuses.map(({ status }) => status)).to.deep.equal(["Succeeded", "Succeeded"]);
    expect(JSON.stringify(lines)).not.to.contain(JSON.parse(aws.account!).password);
  });

  it("tests api with the current version of auth", async () => {
    aws.appSpec = aws.createAppSpec("api", 9);
    expect(await run()).to.equal("Succeeded");
    expect(new Set(aws.calls.map((call) => call.split(" ")[0]))).to.deep.equal(
      new Set(["ecobeat-staging-api:9", "ecobeat-staging-auth:live"]),
    );
    expect(aws.calls).to.include("ecobeat-staging-api:9 GET /v1/users/me");
  });

  const respond = (statusCode: number, body: object) => ({ statusCode, body: JSON.stringify(body) });
  const unready = { dependencies: { database: { status: "down" }, keys: { status: "up" } } };
  for (const [what, route, outcome, detail] of [
    ["does not reach a dependency", "GET /health/ready", respond(503, unready), ": database down"],
    ["fails the login", "POST /v1/auth/login", respond(500, { title: "Internal error" }), ": Internal error"],
    ["returns no tokens", "POST /v1/auth/login", respond(200, {}), ""],
    ["rejects the account and its registration", "POST /v1/auth/login", { statusCode: 401, body: "not JSON" }, ""],
    ["fails the logout", "POST /v1/auth/logout", { statusCode: 404, body: "" }, ""],
  ] as const) {
    it(`fails if it ${what}`, async () => {
      failing(route.split(" ")[1]!, outcome);
      await expectFailed(new RegExp(`auth:7 returned ${outcome.statusCode} for ${route}${detail}$`));
    });
  }

  for (const [what, outcome, reason] of [
    ["crashes", { crashed: "Cannot find module 'index'" }, /auth:7 crashed: Cannot find/],
    ["returns no response", {}, /auth:7 crashed: it returned no response/],
    ["cannot be invoked", { refused: "TooManyRequestsException" }, /said Lambda/],
  ] as const) {
    it(`fails if it ${what}`, async () => {
      failing("/health/ready", outcome);
      await expectFailed(reason);
    });
  }

  it("fails if api returns another user's profile", async () => {
    aws.appSpec = aws.createAppSpec("api", 9);
    const body = '{"email":"other@example.com"}';
    failing("/v1/users/me", { statusCode: 200, body }, "ecobeat-staging-api:9");
    await expectFailed(/api:9 returned 200 for GET \/v1\/users\/me$/);
  });

  it("fails without an account, or with a value that is not JSON, and does not log it", async () => {
    aws.account = undefined;
    await expectFailed(/\/ecobeat\/staging\/probe-account does not exist/);
    [aws.account, aws.reportedStatuses.length, lines.length] = ["hidden words", 0, 0];
    await expectFailed(/probe-account is not JSON/);
    expect(JSON.stringify(lines)).not.to.contain("hidden");
  });

  it("fails for an AppSpec in another form", async () => {
    aws.appSpec = "version: 0.0";
    await expectFailed(/AppSpec of d-EXAMPLE/);
  });

  it("fails if it hangs, and reports that to CodeDeploy in time", async () => {
    remaining = 10_500;
    aws.respond = () => new Promise(() => {});
    await expectFailed(/abort/i);
  });

  it("throws if the report to CodeDeploy fails, so that Lambda retries", async () => {
    aws.reportError = "ThrottlingException";
    expect((await run().catch((error) => error)).message).to.equal("said CodeDeploy");
  });
});
