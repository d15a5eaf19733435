import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { useServer } from "../../support/listen.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { setVariables } from "../../support/variables.ts";
import { type Behaviours, fakeTerraform } from "./fake-terraform.ts";
import { testFixture } from "./fixture/infra-test.ts";

const upToSecondPlan = ["init", "plan", "apply", "plan again", "show"];

describe("infrastructure test: the sequence", () => {
  const emulator = useServer(createServer((_, response) => response.end()));
  const scratch = useTemporaryFolder();
  let restoreVariables: () => void;

  beforeEach(() => {
    restoreVariables = setVariables({ TMPDIR: scratch() });
  });
  afterEach(() => restoreVariables());

  /** Remaining folders of the run. */
  const remaining = () => readdirSync(scratch()).filter((name) => name.startsWith("ecobeat-infra-test-"));

  const endpoint = () => `http://127.0.0.1:${emulator()}`;

  async function run(behaviours: Behaviours, options: Partial<Parameters<typeof testFixture>[0]> = {}) {
    const { path, calls, accounts } = fakeTerraform(scratch(), behaviours);
    const result = await testFixture({ environment: { PATH: path, AWS_ENDPOINT_URL: endpoint() }, ...options });
    return { ...result, calls: calls(), accounts: accounts() };
  }

  it("applies in dependency order, plans again, and destroys in reverse order", async () => {
    const { results, lines, calls } = await run({
      "fixture-first apply": { output: "Apply complete! Resources: 2 added" },
    });
    expect(calls).to.deep.equal([
      "fixture-first init",
      "fixture-second init",
      ...upToSecondPlan.slice(1).map((step) => `fixture-first ${step}`),
      ...upToSecondPlan.slice(1).map((step) => `fixture-second ${step}`),
      "fixture-second destroy",
      "fixture-first destroy",
    ]);
    expect(results).to.deep.equal({ passed: 12, failed: 0, skipped: 0 });
    expect(lines.at(-1)).to.equal("12 passed, 0 failed, 0 skipped");
    expect(lines.join("\n"))
      .to.match(/^passed +fixture-first +apply +\d+\.\d s {2}2 applied, 1 excluded$/m)
      .and.contain("  aws_elasticache_replication_group: never becomes available");
    expect(remaining()).to.deep.equal([]);
  });

  it("applies nothing without an endpoint", async () => {
    const plan = JSON.stringify({ terraform_version: "1.11.4", planned_values: {} });
    const { path, calls } = fakeTerraform(scratch(), { "fixture-first show": { output: plan } });
    const { results } = await testFixture({ environment: { PATH: path } });
    expect(results).to.deep.equal({ passed: 4, failed: 0, skipped: 0 });
    expect(calls().join()).to.not.match(/apply|destroy|again/);
  });

  it("repeats the stacks of an environment in a new account if the emulator loses an answer", async () => {
    const lost = { exitCode: 1, output: "Error: creating IAM Policy: EntityAlreadyExists", once: true };
    const { results, text, calls, accounts } = await run({ "fixture-second apply": lost });
    expect(results).to.deep.equal({ passed: 12, failed: 0, skipped: 0 });
    expect(text)
      .to.contain("creating IAM Policy: EntityAlreadyExists")
      .and.contain(
        "Once more in a new account, as the emulator may have lost an answer: fixture-first, fixture-second",
      );
    const [first, lostIn, again, ...rest] = accounts;
    expect([lostIn, rest]).to.deep.equal([first, [again]]);
    expect(again).to.not.equal(first);
    const ends = calls.flatMap((call, index) => (call === "fixture-first destroy" ? [index] : []));
    expect(ends).to.have.lengthOf(2);
    expect(calls[ends[0]! + 1]).to.equal("fixture-first init");
    expect(remaining()).to.deep.equal([]);
  });

  it("fails if an environment fails twice", async () => {
    const { results, calls } = await run({ "fixture-first apply": { exitCode: 1 } });
    expect(results).to.deep.equal({ passed: 4, failed: 1, skipped: 7 });
    expect(calls.filter((call) => call === "fixture-first apply")).to.have.lengthOf(2);
  });

  it("fails when a second plan finds something to change", async () => {
    const output = "Terraform will perform the following actions:\n  ~ tags\nPlan: 0 to add, 1 to change";
    const { results, text, calls } = await run({ "fixture-second plan again": { exitCode: 2, output } });
    expect(results).to.deep.equal({ passed: 10, failed: 1, skipped: 1 });
    expect(text)
      .to.match(/^failed +fixture-second +plan again/m)
      .and.contain("      ~ tags");
    expect(calls.slice(-2)).to.deep.equal(["fixture-second destroy", "fixture-first destroy"]);
  });

  it("fails when a refresh finds what the apply itself did not write", async () => {
    const change = { actions: ["update"], before: { tags: null }, after: { tags: { a: "b" } } };
    const resource_drift = [{ address: "aws_sns_topic.alerts", type: "aws_sns_topic", mode: "managed", change }];
    const output = JSON.stringify({ format_version: "1.2", planned_values: {}, resource_drift });
    const { results, text, calls } = await run({ "fixture-second show": { output } });
    expect(results).to.deep.equal({ passed: 11, failed: 1, skipped: 0 });
    expect(text)
      .to.match(/^failed +fixture-second +drift/m)
      .and.contain("aws_sns_topic.alerts: tags.a");
    expect(calls.slice(-2)).to.deep.equal(["fixture-second destroy", "fixture-first destroy"]);
  });

  const log = (operation: string) =>
    `2026-11-22T19:11:48.000Z [DEBUG] rpc.service=SSM rpc.method=${operation} tf_resource_type=aws_ssm_parameter\n`;
  const logged: Behaviours = {
    "fixture-first plan": { providerLog: log("DescribeParameters") },
    "fixture-first apply": { providerLog: log("PutParameter") },
    "fixture-second apply": { providerLog: log("PutParameter") },
  };

  it("compares the calls of plans and applies with the deploy roles", async () => {
    const { results, text } = await run(logged, {
      isAllowed: ({ operation }, phase) => phase === (operation === "PutParameter" ? "apply" : "plan"),
    });
    expect(results, text).to.deep.equal({ passed: 14, failed: 0, skipped: 0 });
    expect(text).to.match(/^passed +fixture-first +roles +\d+\.\d s {2}2 kinds of calls allowed$/m);
  });

  it("fails if a role does not allow a call, continues, and destroys what was applied", async () => {
    const { results, text, calls } = await run(logged, { isAllowed: (_, phase) => phase === "plan" });
    expect(results, text).to.deep.equal({ passed: 12, failed: 2, skipped: 0 });
    expect(text).to.contain("The call PutParameter of SSM for aws_ssm_parameter would fail in HCP Terraform");
    expect(calls.at(-1)).to.equal("fixture-first destroy");
  });

  it("fails if the provider's log contains no call, as nothing was checked", async () => {
    const { results, text } = await run({}, { isAllowed: () => true });
    expect(results).to.include({ failed: 2 });
    expect(text).to.contain("The provider's log contains no call to AWS");
  });

  it("destroys what was applied when a stack fails, shows the error in full and names the logs", async () => {
    const output =
      "Terraform will perform the following actions:\nlots of lines\nError: creating parameter: already exists\n\n  with aws_ssm_parameter.parameter";
    const { results, text, calls } = await run({ "fixture-first apply": { exitCode: 1, output } });
    expect(results).to.deep.equal({ passed: 4, failed: 1, skipped: 7 });
    expect(calls.slice(-2)).to.deep.equal(["fixture-first apply", "fixture-first destroy"]);
    expect(text)
      .to.contain("    Error: creating parameter: already exists")
      .and.contain("      with aws_ssm_parameter.parameter")
      .and.contain("restart the emulator")
      .and.match(/^skipped +fixture-second .* it reads fixture-first$/m)
      .and.not.contain("lots of lines");
    const [logs, ...others] = remaining();
    expect(others).to.deep.equal([]);
    expect(text).to.contain(join(scratch(), logs!));
    expect(readdirSync(join(scratch(), logs!))).to.include.members([
      "fixture-first.apply.log",
      "fixture-first.cdk.tf.json",
    ]);
  });

  it("destroys what was applied when it is interrupted", async () => {
    const interrupted = new AbortController();
    const { path, calls } = fakeTerraform(scratch(), { "fixture-second apply": { untilInterrupted: true } });
    const running = testFixture({
      environment: { PATH: path, AWS_ENDPOINT_URL: endpoint() },
      signal: interrupted.signal,
    });
    while (!calls().includes("fixture-second apply")) await new Promise((resolve) => setTimeout(resolve, 50));
    // Until the fake program listens to the signal.
    await new Promise((resolve) => setTimeout(resolve, 300));
    interrupted.abort();
    const { results, text } = await running;
    expect(calls().slice(-3)).to.deep.equal([
      "fixture-second apply",
      "fixture-second destroy",
      "fixture-first destroy",
    ]);
    expect(text).to.match(/^skipped +fixture-second +apply, plan again, drift +interrupted$/m);
    expect(results.failed).to.equal(0);
    expect(remaining()).to.deep.equal([]);
  });

  it("ends a command after the time limit, and fails", async () => {
    const { results, text } = await run({ "fixture-first apply": { untilInterrupted: true } }, { timeoutMs: 1000 });
    expect(results.failed).to.equal(1);
    expect(text).to.contain("apply timed out after 1 s");
  });

  it("counts everything as skipped without Terraform", async () => {
    const { results, text, lines } = await testFixture({
      environment: { PATH: scratch(), AWS_ENDPOINT_URL: endpoint() },
    });
    expect(results).to.deep.equal({ passed: 0, failed: 0, skipped: 12 });
    expect(text).to.contain("There is no terraform on the PATH").and.contain("Install Terraform");
    expect(lines.at(-1)).to.equal("0 passed, 0 failed, 12 skipped");
  });

  it("counts everything as skipped without a provider, and explains it once", async () => {
    const output =
      "Error: Failed to query available provider packages\n\nCould not retrieve the list of available versions for " +
      "provider hashicorp/aws:\ncould not connect to registry.terraform.io\n\nTo see which modules";
    const init = { exitCode: 1, output };
    const { results, text } = await run({ "fixture-first init": init, "fixture-second init": init });
    expect(results).to.deep.equal({ passed: 0, failed: 0, skipped: 12 });
    expect(text.match(/Terraform cannot find a provider\. Could not retrieve/g)).to.have.length(1);
    expect(text).to.contain("set TF_PLUGIN_DIR");
  });

  it("fails when init fails for another reason", async () => {
    const output = "Error: Failed to query available provider packages\n\nno available releases match ~> 66.0";
    const { results } = await run({ "fixture-first init": { exitCode: 1, output } });
    expect(results).to.include({ failed: 1 });
  });
});
