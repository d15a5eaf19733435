import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { ops } from "../run-ops.ts";

describe("ops migrate --environment", () => {
  /** A Lambda that answers every call in one way, and notes what was called. */
  let answer: { status: number; headers: Record<string, string>; body: string };
  let called: string[] = [];
  let sent: unknown[] = [];
  const aws = createServer((request, response) => {
    called.push(`${request.method} ${request.url}`);
    request.on("data", (body) => sent.push(JSON.parse(body)));
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(answer.body);
  });
  before((done) => void aws.listen(0, "127.0.0.1", done));
  after(() => void aws.close());

  const run = (variables: NodeJS.ProcessEnv = {}, ...options: string[]) => {
    called = [];
    sent = [];
    return ops(["migrate", "--environment", "staging", ...options], {
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
      ...variables,
    });
  };

  it("calls the environment's function once, and prints what it did", async () => {
    answer = { status: 200, headers: {}, body: '{"created":["users.email_canonical"]}' };
    const { code, output } = await run();
    expect(output).to.contain("through ecobeat-staging-migrate in eu-west-1");
    expect(output).to.contain("created users.email_canonical");
    expect(code).to.equal(0);
    expect(called).to.deep.equal(["POST /2015-03-31/functions/ecobeat-staging-migrate/invocations"]);
    answer = { status: 200, headers: {}, body: '{"created":[]}' };
    expect((await run()).output).to.contain("all indexes exist");
    expect(sent).to.deep.equal([{ dryRun: false }]);
  });

  it("has it only say what it would create", async () => {
    answer = { status: 200, headers: {}, body: '{"missing":["users.email_canonical"]}' };
    const { code, output } = await run({}, "--dry-run");
    expect(output).to.contain("would create users.email_canonical");
    expect([code, sent]).to.deep.equal([0, [{ dryRun: true }]]);
  });

  it("shows the message of a function that failed, and where its log is", async () => {
    answer = {
      status: 200,
      headers: { "x-amz-function-error": "Unhandled" },
      body: '{"errorType":"ConfigurationError","errorMessage":"The index users.email_canonical exists, but not as"}',
    };
    const { code, output } = await run();
    expect(code).to.equal(1);
    expect(output).to.contain("The index users.email_canonical").and.contain("[invoked-function-failed]");
    expect(output).to.contain("/aws/lambda/ecobeat-staging-migrate").and.not.to.contain("    at ");
  });

  it("says that the function is missing, and what to deploy", async () => {
    answer = {
      status: 404,
      headers: { "x-amzn-errortype": "ResourceNotFoundException" },
      body: '{"Message":"Function not found"}',
    };
    const { code, output } = await run();
    expect(code).to.equal(1);
    expect(output).to.contain("Deploy ecobeat-staging-service first");
  });

  it("says that there are no credentials, what AWS refuses, and where nobody answers", async () => {
    const none = await run({
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_PROFILE: "",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true",
    });
    expect(none.output).to.contain("There are no AWS credentials").and.contain("[function-not-invoked]");
    answer = {
      status: 403,
      headers: { "x-amzn-errortype": "AccessDeniedException" },
      body: '{"Message":"no"}',
    };
    expect((await run()).output).to.contain("Use credentials that have this permission");
    const nobody = await run({ AWS_ENDPOINT_URL: "http://127.0.0.1:9" });
    expect(nobody.output).to.contain("AWS Lambda does not respond").and.contain("Correct AWS_ENDPOINT_URL");
    expect([none.code, nobody.code]).to.deep.equal([1, 1]);
  });
});
