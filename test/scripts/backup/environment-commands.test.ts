import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { DumpResult, RestoreTestResult } from "../../../scripts/backup/contract.ts";
import { ops } from "../run-ops.ts";

const id = "20261122T223000Z-4f2a91c3";

describe("ops backup --environment", () => {
  /** A Lambda that answers every call in one way, and notes what was called. */
  let answer: { headers?: Record<string, string>; body: object };
  let called: string[];
  const aws = createServer((request, response) => {
    called.push(`${request.method} ${request.url}`);
    request.resume();
    response.writeHead(200, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  before((done) => void aws.listen(0, "127.0.0.1", done));
  after(() => void aws.close());
  beforeEach(() => {
    called = [];
  });

  const run = (...args: string[]) =>
    ops(["backup", ...args], {
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "",
      MONGODB_URI: "",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
    });

  it("calls the function that dumps, once, and prints what it made", async () => {
    const made: DumpResult = { id, documents: 12_345, bytes: 6_789_000, seconds: 4.2, snapshot: true };
    answer = { body: made };
    const { code, output } = await run("create", "--environment", "staging");
    expect(output)
      .to.contain("through ecobeat-staging-dump in eu-west-1")
      .and.contain(`backup ${id} in the backup bucket: 12345 documents, 6.8 MB, in 4.2 s, as of one moment`);
    expect(code).to.equal(0);
    expect(called).to.deep.equal(["POST /2015-03-31/functions/ecobeat-staging-dump/invocations"]);
    const json = await run("create", "--environment", "staging", "--json");
    // The SDK may warn of an old Node.js behind it.
    expect(JSON.parse(/^\{.*?\n\}$/ms.exec(json.output)![0])).to.deep.equal(made);
  });

  it("calls the restore test, and prints what it restored", async () => {
    const tested: RestoreTestResult = {
      id,
      documents: 12_345,
      collections: 4,
      seconds: 20,
      ageSeconds: 3_600,
    };
    answer = { body: tested };
    const { code, output } = await run("verify", "--environment", "production");
    expect(output)
      .to.contain("through ecobeat-production-restore-test in eu-west-1")
      .and.contain(`backup ${id}, 60 min old, restores: 12345 documents in 4 collections`);
    expect(code).to.equal(0);
    expect(called).to.deep.equal(["POST /2015-03-31/functions/ecobeat-production-restore-test/invocations"]);
  });

  it("shows the message of a function that failed, and ends with an error", async () => {
    answer = {
      headers: { "x-amz-function-error": "Unhandled" },
      body: { errorType: "BackupError", errorMessage: "The function has run out of time" },
    };
    for (const command of ["create", "verify"]) {
      const { code, output } = await run(command, "--environment", "staging");
      expect(output)
        .to.contain("failed in eu-west-1: The function has run out of time")
        .and.not.contain("    at ");
      expect(code).to.equal(1);
    }
  });

  it("calls nothing without a place, or with one beside an environment", async () => {
    const neither = await run("create");
    expect(neither.output).to.contain("Neither --to nor --environment was given");
    const both = await run("verify", "--environment", "staging", "--from", "folder");
    expect(both.output).to.contain("cannot be used with option '--from <place>'");
    expect([neither.code, both.code, called]).to.deep.equal([1, 1, []]);
  });
});
