import { randomUUID } from "node:crypto";
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, DeleteBucketCommand, DeleteBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { planStacks } from "../../../scripts/plan-review/plan-stacks.ts";
import { policy } from "./plans.ts";
import { Workspace } from "./workspace.ts";

const { AWS_ENDPOINT_URL } = process.env;
const read = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::backups/*" };
const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } });
const access = {
  ...(AWS_ENDPOINT_URL && { endpoint: AWS_ENDPOINT_URL }),
  region: "eu-west-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};

describe("drift that Terraform has found", () => {
  const name = `drift-${randomUUID()}`;
  const iam = new IAMClient(access);
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  let workspace: Workspace | undefined;
  const find = () => {
    const { folder, terraform, environment, initArguments, signal } = workspace!;
    const options = { terraform, environment, initArguments, logs: folder, signal };
    return planStacks([{ name: "fixture", folder }], { ...options, planArguments: ["-refresh-only"] }, () => {});
  };

  before(async function () {
    const settings = { s3_use_path_style: true };
    const resource = {
      aws_s3_bucket: { backups: { bucket: name, tags: { owner: "platform" } } },
      aws_iam_role: { api: { name, assume_role_policy: trust } },
      aws_iam_role_policy: Object.fromEntries(
        ["api", "deleted"].map((id) => [id, { name: id, role: "${aws_iam_role.api.name}", policy: policy(read) }]),
      ),
    };
    workspace = await Workspace.create(this, resource, settings);
    await workspace.init();
    await workspace.run("apply", "-auto-approve", "-input=false");
  });
  after(async () => {
    if (!workspace) return;
    // Without Terraform, which would start the provider twice.
    await s3.send(new DeleteBucketCommand({ Bucket: name }));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: "api" }));
    await iam.send(new DeleteRoleCommand({ RoleName: name }));
    workspace.remove();
  });

  it("is empty if nothing was changed", async () => {
    const { plans, failures } = await find();
    expect(failures).to.deep.equal([]);
    expect(plans.map(({ drift }) => drift)).to.deep.equal([[]]);
  });

  it("contains changes and deletions that were made outside of Terraform, with their findings", async () => {
    const changedPolicy = policy({ ...read, Action: "s3:*" });
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "api", PolicyDocument: changedPolicy }));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: "deleted" }));
    await s3.send(new DeleteBucketTaggingCommand({ Bucket: name }));
    const { plans } = await find();
    const found = evaluate(plans);
    const subjects = found.map(({ address, subject }) => [address, subject]);
    expect(subjects).to.deep.include(["aws_iam_role_policy.api", "Permissions"]);
    expect(subjects).to.deep.include(["aws_s3_bucket.backups", "Drift"]);
    expect(found.find(({ address }) => address === "aws_iam_role_policy.deleted")?.text).to.match(
      /^was deleted outside of Terraform, and the next apply creates it again: what it allowed/,
    );
  });
});

describe("an import that Terraform has planned", () => {
  const name = `import-${randomUUID()}`;
  let workspace: Workspace | undefined;
  let s3: S3Client;

  before(async function () {
    const resource = { aws_s3_bucket: { backups: { bucket: name, tags: { owner: "platform" } } } };
    workspace = await Workspace.create(this, resource, { s3_use_path_style: true });
    s3 = new S3Client({ ...access, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    workspace.write("import.tf.json", { import: [{ to: "aws_s3_bucket.backups", id: name }] });
    await workspace.init();
  });
  after(async () => {
    await s3?.send(new DeleteBucketCommand({ Bucket: name }));
    workspace?.remove();
  });

  it("is reviewed as an import that also changes the resource", async () => {
    await workspace!.run("plan", "-input=false", "-out=plan");
    const findings = evaluate([readPlan("staging", await workspace!.run("show", "-json", "plan"))]);
    expect(findings.map(({ severity, subject }) => `${severity} ${subject}`)).to.deep.equal(["warning Imported"]);
    expect(findings[0]?.text).to.match(/^is imported, and the same apply changes it/);
  });
});
