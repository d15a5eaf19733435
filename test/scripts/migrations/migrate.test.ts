import { expect } from "chai";
import { FakeLambda } from "../fake-lambda.ts";
import { expectRefusal, withoutCredentials } from "../run-ops.ts";

describe("ops migrate --environment", () => {
  const lambda = new FakeLambda();

  const run = (variables: NodeJS.ProcessEnv = {}, ...options: string[]) =>
    lambda.ops(["migrate", "--environment", "staging", ...options], variables);
  const path = "/2015-03-31/functions/ecobeat-staging-migrate/invocations";

  it("invokes the environment's function once, and prints the created indexes", async () => {
    lambda.response = { body: { created: ["users.email_canonical"] } };
    const { code, output } = await run();
    expect(output).to.contain("through ecobeat-staging-migrate in eu-west-1");
    expect(output).to.contain("created users.email_canonical");
    expect(code).to.equal(0);
    expect(lambda.requests).to.deep.equal([{ path, body: { dryRun: false } }]);
    lambda.response = { body: { created: [] } };
    expect((await run()).output).to.contain("all indexes exist");
  });

  it("only prints missing indexes in a dry run", async () => {
    lambda.response = { body: { missing: ["users.email_canonical"] } };
    const { code, output } = await run({}, "--dry-run");
    expect(output).to.contain("would create users.email_canonical");
    expect(code).to.equal(0);
    expect(lambda.requests).to.deep.equal([{ path, body: { dryRun: true } }]);
  });

  it("prints the message of a failed function, and its log group", async () => {
    lambda.response = {
      headers: { "x-amz-function-error": "Unhandled" },
      body: { errorType: "ConfigurationError", errorMessage: "The index users.email_canonical differs" },
    };
    await expectRefusal(run(), "The index users.email_canonical differs", "/aws/lambda/ecobeat-staging-migrate");
  });

  it("prints the reason of a function that refuses the request", async () => {
    lambda.response = { body: { type: "https://ecobeat.app/problems/unsupported-event", detail: "Nothing was done." } };
    await expectRefusal(run(), "Nothing was done.", "[event-refused]");
  });

  const notCalled = { body: {} };
  const refuse = (status: number, error: string) => ({ status, headers: { "x-amzn-errortype": error }, body: {} });

  for (const [title, variables, response, message] of [
    ["a missing function", {}, refuse(404, "ResourceNotFoundException"), "ecobeat-staging-service"],
    ["another run", {}, refuse(429, "TooManyRequestsException"), "Wait until that run has ended"],
    ["missing credentials", withoutCredentials, notCalled, "no AWS credentials"],
    ["a missing permission", {}, refuse(403, "AccessDeniedException"), "Use credentials that have this permission"],
    ["no response", { AWS_ENDPOINT_URL: "http://127.0.0.1:9" }, notCalled, "Correct AWS_ENDPOINT_URL"],
  ] as const) {
    it(`reports ${title}`, async () => {
      lambda.response = response;
      await expectRefusal(run(variables), message, "[function-not-invoked]");
    });
  }
});
