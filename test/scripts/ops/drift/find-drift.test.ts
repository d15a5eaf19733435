import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { printDrift } from "../../../../scripts/ops/drift/command.ts";
import { type Drift, findDrift } from "../../../../scripts/ops/drift/find-drift.ts";
import { DriftError } from "../../../../scripts/ops/drift/plan-stack.ts";
import { readPlan } from "../../../../scripts/ops/review/plan.ts";
import { Terraform } from "../../../../scripts/rehearse/terraform.ts";
import { type Behaviours, fakeTerraform } from "../../rehearse/fake-terraform.ts";
import { planText } from "../review/plans.ts";

describe("drift of several stacks", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ecobeat-drift-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function find(behaviours: Behaviours, signal = new AbortController().signal) {
    const fake = fakeTerraform(behaviours);
    const environment = { PATH: fake.path };
    const terraform = (await Terraform.find(environment))!;
    const said: string[] = [];
    const stacks = ["one", "two", "three"].map((name) => ({ name, folder: join(folder, name) }));
    for (const stack of stacks) mkdirSync(stack.folder, { recursive: true });
    const planning = { terraform, environment, initArguments: [], logs: folder, signal };
    const found = await findDrift(stacks, planning, (line) => said.push(line));
    return { ...found, said, calls: fake.calls() };
  }

  const unchanged = { output: planText([]) };
  const changed = { output: planText([], { drift: [{ type: "aws_s3_bucket", effect: "change" }] }) };

  it("reads the plan of each stack, in the order of the stacks, and only plans", async () => {
    const { plans, failures, said, calls } = await find({
      "one show": unchanged,
      "two show": changed,
      "three show": unchanged,
    });
    expect(failures).to.deep.equal([]);
    expect(plans.map(({ stack, drift }) => [stack, drift.length])).to.deep.equal([
      ["one", 0],
      ["two", 1],
      ["three", 0],
    ]);
    expect(said).to.include("two: 1 changed outside of Terraform");
    expect(new Set(calls.map((call) => call.split(" ")[1]))).to.deep.equal(new Set(["init", "plan", "show"]));
  });

  for (const [what, step, output, advice] of [
    ["nobody is logged in", "two init", "Error: Required token could not be found", /terraform login/],
    ["a run holds the workspace", "two plan", "Error: Error acquiring the state lock", /Wait for its end/],
    [
      "a provider is missing",
      "two init",
      "Error: Failed to query available provider packages",
      /TF_PLUGIN_DIR/,
    ],
    ["anything else is wrong", "two plan", "Error: Invalid value", /nothing was changed/],
  ] as const) {
    it(`says what to do when ${what}, and goes on with the others`, async () => {
      const { plans, failures } = await find({
        "one show": unchanged,
        [step]: { exitCode: 1, output: `Much was done.\n\n${output}` },
        "three show": unchanged,
      });
      expect(plans.map(({ stack }) => stack)).to.deep.equal(["one", "three"]);
      expect(failures.map(({ message }) => message).join())
        .to.include(output)
        .and.match(advice)
        .and.not.include("Much was done");
    });
  }

  it("ends all that is under way when it is interrupted", async () => {
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(new Error("enough")), 1500);
    const endless = { untilInterrupted: true };
    const error = await find({ "one plan": endless, "two plan": endless }, interruption.signal).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property("message", "enough");
  });
});

describe("exit status of drift", () => {
  const log = console.log;
  const before = process.exitCode;
  afterEach(() => {
    console.log = log;
    process.exitCode = before;
  });

  function statusOf(drift: Drift): unknown {
    console.log = () => {};
    printDrift(drift, {});
    return process.exitCode;
  }
  const plan = (type: string, effect: "change" | "destroy") =>
    readPlan("one", planText([], { drift: [{ type, effect }] }));

  it("is 0 without any, 2 with one that no judgement minds, 3 at danger, and 1 when a stack failed", () => {
    expect(statusOf({ plans: [readPlan("one", planText([]))], failures: [] })).to.equal(0);
    expect(statusOf({ plans: [plan("aws_s3_bucket", "change")], failures: [] })).to.equal(2);
    expect(statusOf({ plans: [plan("aws_s3_bucket", "destroy")], failures: [] })).to.equal(3);
    expect(
      statusOf({ plans: [plan("aws_s3_bucket", "destroy")], failures: [new DriftError("no")] }),
    ).to.equal(1);
  });
});
