import { expect } from "chai";
import type { DumpResult, RestoreTestResult } from "../../../scripts/backup/contract.ts";
import { FakeLambda } from "../fake-lambda.ts";
import { expectRefusal } from "../run-ops.ts";

const id = "20261122T223000Z-4f2a91c3";

describe("ops backup --environment", () => {
  const lambda = new FakeLambda();
  const run = (...args: string[]) => lambda.ops(["backup", ...args]);

  it("invokes the dump function once, and prints the backup", async () => {
    const body: DumpResult = { id, documents: 12_345, bytes: 6_789_000, seconds: 4.2, snapshot: true };
    lambda.response = { body };
    const { code, output } = await run("create", "--environment", "staging");
    expect(output)
      .to.contain("through ecobeat-staging-dump in eu-west-1")
      .and.contain(`backup ${id} in the backup bucket: 12345 documents, 6.8 MB, in 4.2 s, point-in-time`);
    expect(code).to.equal(0);
    expect(lambda.requests.map(({ path }) => path)).to.deep.equal([
      "/2015-03-31/functions/ecobeat-staging-dump/invocations",
    ]);
    const json = await run("create", "--environment", "staging", "--json");
    // The SDK may print a warning about Node.js after it.
    expect(JSON.parse(/^\{.*?\n\}$/ms.exec(json.output)![0])).to.deep.equal(body);
  });

  it("invokes the restore test, and prints what it restored", async () => {
    const rest = { collections: 4, seconds: 20, ageSeconds: 3_600 };
    lambda.response = { body: { id, documents: 12_345, ...rest } satisfies RestoreTestResult };
    const { code, output } = await run("verify", "--environment", "production");
    expect(output)
      .to.contain("through ecobeat-production-restore-test in eu-west-1")
      .and.contain(`restore test of backup ${id}, 60 min old, passed: 12345 documents in 4 collections`);
    expect(code).to.equal(0);
    expect(lambda.requests.map(({ path }) => path)).to.deep.equal([
      "/2015-03-31/functions/ecobeat-production-restore-test/invocations",
    ]);
  });

  it("prints the message of a failed function, and exits with an error", async () => {
    lambda.response = {
      headers: { "x-amz-function-error": "Unhandled" },
      body: { errorType: "OperatorError", errorMessage: "The function was about to time out" },
    };
    for (const command of ["create", "verify"]) {
      await expectRefusal(run(command, "--environment", "staging"), "The function was about to time out");
    }
  });

  it("invokes nothing without a location, or with both a location and an environment", async () => {
    await expectRefusal(run("create"), "[backup-location-missing]");
    const both = run("verify", "--environment", "staging", "--location", "folder");
    await expectRefusal(both, "cannot be used with option '--location <location>'");
    const part = run("verify", "--environment", "staging", "--sample", "10");
    await expectRefusal(part, "cannot be used with option '--environment <name>'");
    expect(lambda.requests).to.deep.equal([]);
  });
});
