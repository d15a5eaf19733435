import { expect } from "chai";
import { FakeLambda } from "../fake-lambda.ts";
import { createMigrationOutcome } from "../release/emulated-aws.ts";
import { expectRefusal, withoutCredentials } from "../run-ops.ts";

describe("ops migrate --environment", () => {
  const lambda = new FakeLambda();

  const run = (variables: NodeJS.ProcessEnv = {}, ...options: string[]) =>
    lambda.ops(["migrate", "--environment", "staging", ...options], variables);
  const path = "/2015-03-31/functions/ecobeat-staging-migrate/invocations";

  it("invokes the environment's function once, and prints the created indexes", async () => {
    lambda.response = { body: createMigrationOutcome("users.email_canonical") };
    const { code, output } = await run();
    expect(output).to.contain("through ecobeat-staging-migrate in eu-west-1");
    expect(output).to.contain("created users.email_canonical");
    expect(code).to.equal(0);
    expect(lambda.requests).to.deep.equal([{ path, body: { documents: true } }]);
    lambda.response = { body: createMigrationOutcome() };
    expect((await run({}, "--indexes-only")).output).to.contain("all indexes exist");
    expect(lambda.requests).to.deep.equal([{ path, body: { documents: false } }]);
  });

  const progress = (changed: number, state = "in progress") => ({
    migrations: [{ name: "0001-copy-names", state, read: 2 * changed, changed, conflicts: 1 }],
  });

  it("invokes it until the documents are migrated, says how far it is, and sums up", async () => {
    const first = { ...createMigrationOutcome("users.email_canonical"), done: false };
    lambda.responses = [
      { body: { ...first, ...progress(1_000) } },
      { body: { ...createMigrationOutcome(), done: false, startedAt: "2026-11-30T12:01:00.000Z", ...progress(2_000) } },
      { body: { ...createMigrationOutcome(), ...progress(2_500, "complete"), dropped: ["users.by_name"] } },
    ];
    const { code, output } = await run({}, "--drop-indexes");
    expect(
      output
        .slice(output.indexOf("\n") + 1)
        .trim()
        .split("\n"),
    ).to.deep.equal([
      "0001-copy-names: in progress, 2,000 documents read, 1,000 changed, 1 conflicts",
      "0001-copy-names: in progress, 4,000 documents read, 2,000 changed, 1 conflicts",
      "created users.email_canonical",
      "dropped users.by_name",
      "0001-copy-names: complete, 5,000 documents read, 2,500 changed, 1 conflicts",
    ]);
    expect(code).to.equal(0);
    const request = { documents: true, dropIndexes: true };
    const again = { ...request, since: first.startedAt };
    expect(lambda.requests.map(({ body }) => body)).to.deep.equal([request, again, again]);
  });

  it("only prints missing, dropped and undeclared indexes, and the documents that are left, in a dry run", async () => {
    const undeclared = { collections: ["notes"], indexes: ["users.of_an_operator"] };
    const [migration] = progress(0, "pending").migrations;
    const migrations = [{ ...migration, conflicts: 0, left: 12_345 }];
    lambda.response = {
      body: {
        missing: ["users.email_canonical"],
        different: ["users.b differs."],
        toDrop: ["users.by_name"],
        undeclared,
        migrations,
      },
    };
    const { code, output } = await run({}, "--dry-run");
    for (const line of [
      "would create users.email_canonical",
      "would drop with --drop-indexes: users.by_name",
      "undeclared, and kept: collections notes",
      "undeclared, and kept: indexes users.of_an_operator",
      "0001-copy-names: pending, 12,345 documents left, 0 documents read, 0 changed",
    ]) {
      expect(output).to.contain(`${line}\n`);
    }
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
