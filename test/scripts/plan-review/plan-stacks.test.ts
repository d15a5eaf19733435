import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { OperatorError } from "../../../scripts/cli/errors.ts";
import { planStacks } from "../../../scripts/plan-review/plan-stacks.ts";
import { Terraform } from "../../../scripts/terraform/terraform.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { type Behaviours, fakeTerraform } from "../infra-test/fake-terraform.ts";
import { changed as drifted, toPlanJson } from "./plans.ts";

describe("plans of several stacks", () => {
  const getFolder = useTemporaryFolder();

  async function plan(
    behaviours: Behaviours,
    signal = new AbortController().signal,
    fake = fakeTerraform(getFolder(), behaviours),
  ) {
    const folder = getFolder();
    const environment = { PATH: fake.path };
    const terraform = (await Terraform.find(environment))!;
    const logged: string[] = [];
    const stacks = ["one", "two", "three"].map((name) => ({ name, folder: join(folder, name) }));
    for (const stack of stacks) mkdirSync(stack.folder, { recursive: true });
    const options = { terraform, environment, initArguments: [], planArguments: [], logs: folder, signal };
    const planned = await planStacks(stacks, options, (line) => logged.push(line));
    return { ...planned, logged, calls: fake.calls() };
  }

  const unchanged = { output: toPlanJson([]) };
  const changed = {
    output: toPlanJson([], { drift: [drifted("aws_s3_bucket", { acceleration_status: ["a", "b"] })] }),
  };

  it("reads the plan of each stack, in the order of the stacks, and only plans", async () => {
    const behaviours = { "one show": unchanged, "two show": changed, "three show": unchanged };
    const { plans, failures, logged, calls } = await plan(behaviours);
    expect(failures).to.deep.equal([]);
    expect(plans.map(({ stack, drift }) => `${stack} ${drift.length}`)).to.deep.equal(["one 0", "two 1", "three 0"]);
    expect(logged).to.include("two: planned");
    expect(new Set(calls.map((call) => call.split(" ")[1]))).to.deep.equal(new Set(["init", "plan", "show"]));
  });

  it("knows what a stack manages of the resources of another one, whose rules it adds", async () => {
    const rule = {
      security_group_id: "sg-1",
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
      cidr_ipv4: "10.0.0.0/8",
    };
    const show = (resource: string, cidr: string) => {
      const egress = [{ protocol: "tcp", from_port: 443, to_port: 443, cidr_blocks: [cidr] }];
      const drift = [drifted("aws_security_group", { id: [resource, resource], egress: [[], egress] })];
      return { output: toPlanJson([], { drift }) };
    };
    const resources = [{ type: "aws_vpc_security_group_egress_rule", values: rule }];
    const managing = { output: toPlanJson([], { prior_state: { values: { root_module: { resources } } } }) };
    const { plans } = await plan({
      "one show": show("sg-1", "10.0.0.0/8"),
      "two show": managing,
      "three show": show("sg-1", "0.0.0.0/0"),
    });
    expect(plans.map(({ drift }) => drift.length)).to.deep.equal([0, 0, 1]);
  });

  for (const [code, step, output] of [
    ["terraform-not-logged-in", "two init", "Error: Required token could not be found"],
    ["workspace-locked", "two plan", "Error: Error acquiring the state lock"],
    ["terraform-provider-missing", "two init", "Error: Failed to query available provider packages"],
    ["terraform-plan-failed", "two plan", "Error: Invalid value"],
  ] as const) {
    it(`reports ${code} with Terraform's error, and plans the other stacks`, async () => {
      const { plans, failures } = await plan({
        "one show": unchanged,
        [step]: { exitCode: 1, output: `Much was done.\n\n${output}` },
        "three show": unchanged,
      });
      expect(plans.map(({ stack }) => stack)).to.deep.equal(["one", "three"]);
      expect(failures).to.have.lengthOf(1);
      const [{ stackName, error }] = failures as [(typeof failures)[number]];
      expect([stackName, error.code]).to.deep.equal(["two", code]);
      expect(error.message).to.include(output).and.not.include("Much was done");
    });
  }

  it("ends all running commands when it is interrupted", async () => {
    const interrupted = new OperatorError("test", { what: "A.", why: "B.", action: "C." });
    const interruption = new AbortController();
    const behaviours = { "one plan": { untilInterrupted: true }, "two plan": { untilInterrupted: true } };
    const fake = fakeTerraform(getFolder(), behaviours);
    const planned = plan(behaviours, interruption.signal, fake).catch((reason: unknown) => reason);
    while (!Object.keys(behaviours).every((step) => fake.calls().includes(step))) await wait(20);
    interruption.abort(interrupted);
    expect(await planned).to.equal(interrupted);
  });
});
