import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { TestVersions } from "../../../../scripts/ops/right-size/test-versions.ts";
import { describeWith } from "../../../support/real-parts.ts";
import { LambdaStandIn } from "./lambda-stand-in.ts";

describe("ops right-size, of a deployed function", () => {
  let lambda: LambdaStandIn;
  let endpoint: string;
  beforeEach(async () => {
    lambda = new LambdaStandIn();
    endpoint = await lambda.start();
  });
  afterEach(() => lambda.stop());

  function start(words: string[], variables: NodeJS.ProcessEnv = {}) {
    const command = ["--import", "tsx", "scripts/ops.ts", "right-size", ...words];
    const child: ChildProcess = spawn(process.execPath, command, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_MAX_ATTEMPTS: "1",
        ...variables,
      },
    });
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, output })),
    );
    return { child, ended };
  }

  const staging = ["--environment", "staging", "--function", "auth", "--memory", "512,2048"];
  const run = (words: string[], variables?: NodeJS.ProcessEnv) =>
    start([...staging, ...words], variables).ended;

  /** As before the first run: nothing is left of a test, and the alias has its version. */
  function expectUntouched(): void {
    expect(lambda.latest).to.include({ MemorySize: 1_024, Description: "Answers logins" });
    expect(lambda.published.map(({ Version }) => Version)).to.deep.equal(["1", "2"]);
  }

  it("measures each size in a version of its own, and leaves the function and its alias as they were", async () => {
    const { code, output } = await run(["--requests", "50", "--json"]);
    expect(code, output).to.equal(0);
    const { groups } = JSON.parse(output.slice(output.indexOf("{")));
    expect(groups).to.have.length(1);
    expect(groups[0]).to.deep.include({ group: "GET /health/live" });
    expect(groups[0].sizes.map((size: Record<string, number>) => [size.memoryMb, size.p95Ms])).to.deep.equal([
      [512, 40],
      [1_024, 20],
      [2_048, 10],
    ]);
    expect(groups[0].recommendation.memoryMb).to.equal(2_048);
    expectUntouched();
    // The function is as it was before the first request, which would otherwise take minutes.
    const restored = lambda.calls.lastIndexOf("PUT configuration 1024");
    expect(lambda.calls.findIndex((call) => call.startsWith("POST invocations"))).to.be.above(restored);
  });

  it("measures logins with a password from the environment, stops at the first refusal, and shows none of it", async () => {
    const account = ["--email", "ann@example.com", "--requests", "5"];
    const good = await run(account, { RIGHT_SIZE_PASSWORD: "hidden words" });
    expect(good.output).to.contain("POST /v1/auth/login");
    lambda.answer = (path) => ({
      statusCode: path === "/v1/auth/login" ? 401 : 200,
      body: "no ann@example.com",
    });
    lambda.calls.length = 0;
    const bad = await run(account, { RIGHT_SIZE_PASSWORD: "hidden words" });
    expect(lambda.calls.filter((call) => call === "POST invocations /v1/auth/login")).to.have.length(3);
    expect(bad.output).to.contain("none: requests failed at 512 MB, 1024 MB, 2048 MB");
    expect(good.output + bad.output)
      .not.to.contain("hidden")
      .and.not.contain("ann@");
    expect((await run(account, { RIGHT_SIZE_PASSWORD: "" })).output).to.contain("Set RIGHT_SIZE_PASSWORD");
  });

  it("asks the api for what changes nothing", async () => {
    const api = ["--environment", "staging", "--function", "api", "--memory", "512", "--requests", "1"];
    expect((await start(api).ended).code).to.equal(0);
    const asked = lambda.calls.filter((call) => call.startsWith("POST invocations"));
    expect(new Set(asked)).to.deep.equal(
      new Set(
        ["/health/live", "/health/ready", "/.well-known/jwks.json", "/v1/activity-kinds"].map(
          (path) => `POST invocations ${path}`,
        ),
      ),
    );
  });

  it("has the api read what an account has, with a token for each size", async () => {
    let logins = 0;
    lambda.answer = (path, token) => {
      if (path !== "/v1/auth/login")
        return { statusCode: !path.startsWith("/v1/users") || token ? 200 : 401 };
      return { statusCode: 200, body: JSON.stringify({ access_token: `token ${++logins}` }) };
    };
    const api = ["--environment", "staging", "--function", "api", "--memory", "512", "--requests", "1"];
    const account = ["--email", "ann@example.com", "--json"];
    const { code, output } = await start([...api, ...account], { RIGHT_SIZE_PASSWORD: "hidden words" }).ended;
    expect(code, output).to.equal(0);
    const { groups } = JSON.parse(output.slice(output.indexOf("{")));
    const routes = groups.map(({ group }: { group: string }) => group);
    expect(routes).to.include.members([
      "GET /v1/users/me",
      "GET /v1/activities",
      "GET /v1/activities/summary",
    ]);
    expect(output).not.to.contain("failed");
    expect(logins).to.equal(2);
  });

  it("measures no api without the account that was to be used", async () => {
    lambda.answer = () => ({ statusCode: 401, body: "no ann@example.com" });
    const api = ["--environment", "staging", "--function", "api", "--email", "ann@example.com"];
    const { code, output } = await start(api, { RIGHT_SIZE_PASSWORD: "hidden words" }).ended;
    expect(code).to.equal(1);
    expect(output).to.contain("answered the login with 401").and.not.contain("ann@");
    expectUntouched();
  });

  it("restores the memory after a failure in the middle", async () => {
    lambda.refuse = (call) =>
      call.startsWith("POST versions") && lambda.latest.MemorySize === 2_048
        ? { status: 429, code: "TooManyRequestsException" }
        : undefined;
    const { code, output } = await run([]);
    expect(code).to.equal(1);
    expect(output).to.contain("ecobeat-staging-auth was not measured").and.contain("throttled");
    expect(output).not.to.contain("    at ");
    expectUntouched();
  });

  it("restores the memory after Ctrl-C", async () => {
    const { child, ended } = start([...staging, "--requests", "10000"]);
    await until(() => lambda.calls.some((call) => call.startsWith("POST invocations")));
    child.kill("SIGINT");
    const { code, output } = await ended;
    expect(code).to.equal(1);
    expect(output).to.contain("Interrupted").and.not.contain("    at ");
    expectUntouched();
  });

  it("restores the memory with the next run after it was killed", async () => {
    lambda.refuse = (call) =>
      call.startsWith("POST versions") && lambda.latest.MemorySize === 2_048 ? "hangs" : undefined;
    const { child, ended } = start(staging);
    await until(() => lambda.latest.MemorySize === 2_048);
    child.kill("SIGKILL");
    await ended;
    expect(lambda.latest.Description).to.contain("was 1024 MB: Answers logins");
    expect(lambda.published).to.have.length.above(2);
    lambda.refuse = () => undefined;
    expect((await run(["--requests", "1"])).code).to.equal(0);
    expectUntouched();
  });

  it("says that the function is missing, what AWS refuses, and that production must be agreed to", async () => {
    lambda.refuse = () => ({ status: 404, code: "ResourceNotFoundException" });
    expect((await run([])).output).to.contain("Deploy ecobeat-staging-service first");
    lambda.refuse = () => ({ status: 403, code: "AccessDeniedException" });
    expect((await run([])).output).to.contain("Use credentials that have this permission");
    const { code, output } = await start(["--environment", "production", "--function", "api"]).ended;
    expect(code).to.equal(1);
    expect(output).to.contain("--yes-production");
    expect((await start([]).ended).output).to.contain("--from");
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describeWith("AWS_ENDPOINT_URL", "Test versions of a function", () => {
  const FunctionName = `right-size-${randomUUID().slice(0, 8)}`;
  const lambda = new LambdaClient({});
  /** The emulator finds the service by the scope of the signature, which it does not check. */
  async function iam(action: string, parameters: Record<string, string> = {}): Promise<void> {
    const { status } = await fetch(process.env.AWS_ENDPOINT_URL!, {
      method: "POST",
      headers: { authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request" },
      body: new URLSearchParams({
        Action: action,
        Version: "2010-05-08",
        RoleName: FunctionName,
        ...parameters,
      }),
    });
    expect(status).to.equal(200);
  }
  before(async () => {
    await iam("CreateRole", { AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}' });
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Description: "Answers logins",
        Runtime: "nodejs20.x",
        Handler: "index.handler",
        Role: `arn:aws:iam::123456789012:role/${FunctionName}`,
        MemorySize: 1_024,
        Publish: true,
        Code: { ZipFile: Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64") },
      }),
    );
    await lambda.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  });
  after(async () => {
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    await iam("DeleteRole");
  });

  it("have the memory they are asked for, and leave nothing behind", async () => {
    const versions = new TestVersions(lambda, FunctionName);
    const published = await versions.publish([512, 1_769], new AbortController().signal);
    expect(published.map(({ memoryMb }) => memoryMb)).to.deep.equal([512, 1_024, 1_769]);
    for (const { version, memoryMb } of published) {
      const { MemorySize } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName, Qualifier: version }),
      );
      expect(MemorySize).to.equal(memoryMb);
    }
    await versions.restore();
    await versions.deleteAll();
    const latest = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(latest).to.include({ MemorySize: 1_024, Description: "Answers logins" });
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
    expect(Versions!.map(({ Version }) => Version)).to.have.members(["$LATEST", "1"]);
  });
});
