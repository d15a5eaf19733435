import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { planStacks } from "../../../scripts/plan-review/plan-stacks.ts";
import { Terraform } from "../../../scripts/terraform/terraform.ts";
import { type Behaviours, fakeTerraform } from "../infra-test/fake-terraform.ts";
import { toPlanJson } from "./plans.ts";

describe("plans of several stacks", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ecobeat-plans-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function plan(behaviours: Behaviours, signal = new AbortController().signal) {
    const fake = fakeTerraform(folder, behaviours);
    const environment = { PATH: fake.path };
    const terraform = (await Terraform.find(environment))!;
    const said: string[] = [];
    const stacks = ["one", "two", "three"].map((name) => ({ name, folder: join(folder, name) }));
    for (const stack of stacks) mkdirSync(stack.folder, { recursive: true });
    const planning = {
      terraform,
      environment,
      initArguments: [],
      planArguments: ["-refresh-only"],
      logs: folder,
      signal,
    };
    const planned = await planStacks(stacks, planning, (line) => said.push(line));
    return { ...planned, said, calls: fake.calls() };
  }

  const unchanged = { output: toPlanJson([]) };
  const changed = { output: toPlanJson([], { drift: [{ type: "aws_s3_bucket", effect: "change" }] }) };

  it("reads the plan of each stack, in the order of the stacks, and only plans", async () => {
    const { plans, failures, said, calls } = await plan({
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
    expect(said).to.include("two: planned");
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
      const { plans, failures } = await plan({
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
    const error = await plan({ "one plan": endless, "two plan": endless }, interruption.signal).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property("message", "enough");
  });
});
