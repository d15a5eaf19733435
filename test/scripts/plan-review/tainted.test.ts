import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { planStacks } from "../../../scripts/plan-review/plan-stacks.ts";
import { type DenyingAws, startDenyingAws } from "../../support/denying-aws.ts";
import { Workspace } from "./workspace.ts";

const address = "aws_kms_key.data";

const resources = {
  aws_kms_key: { data: { description: "data", enable_key_rotation: true, lifecycle: { prevent_destroy: true } } },
};

describe("a key whose creation failed half way", () => {
  let aws: DenyingAws | undefined;
  let workspace: Workspace;
  before(async function () {
    aws = await startDenyingAws("EnableKeyRotation");
    workspace = await Workspace.create(this, resources, { endpoints: [{ kms: aws.url }] });
    await workspace.init();
    const applied = await workspace
      .run("apply", "-auto-approve", "-input=false")
      .catch(({ message }: Error) => message);
    expect(applied).to.include("AccessDeniedException: no policy allows kms:EnableKeyRotation");
    aws.denied.clear();
  });
  after(() => {
    aws?.close();
    workspace?.remove();
  });

  it("has been denied once: the provider retries no denial", () => {
    expect(aws!.received.filter((operation) => operation === "EnableKeyRotation")).to.have.lengthOf(1);
  });

  it("blocks every plan, with an error that says how to remove the mark", async () => {
    const { folder, terraform, environment, initArguments, signal } = workspace;
    const options = { terraform, environment, initArguments, planArguments: [], logs: folder, signal };
    const { plans, failures } = await planStacks([{ name: "fixture", folder }], options, () => {});
    expect(plans).to.deep.equal([]);
    const { code, message, action } = failures[0]!.error;
    expect(code).to.equal("resource-tainted");
    expect(message).to.include(`Resource ${address} has lifecycle.prevent_destroy set`);
    expect(action).to.include(`terraform untaint '${address}'`);
  });

  it("is reviewed as unfinished, not as a loss of what it encrypted", async () => {
    // Terraform saves a plan that failed, too.
    const plan = readPlan("fixture", await workspace.run("show", "-json", "saved.plan"));
    const found = evaluate([plan]).filter((finding) => finding.address === address);
    const losses = found.filter(({ subject }) => subject === "Data loss");
    expect(losses.map(({ severity }) => severity)).to.deep.equal(["critical"]);
    expect(losses[0]!.text).to.match(/^is tainted.* `terraform untaint`/);
  });

  it("is finished after `terraform untaint`, and not replaced", async () => {
    await workspace.run("untaint", address);
    expect(await workspace.run("plan", "-input=false")).to.include("0 to add, 1 to change, 0 to destroy");
  });
});
