import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { DeleteBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { planStacks } from "../../../scripts/plan-review/plan-stacks.ts";
import { findOfflineVersion } from "../../../scripts/terraform/provider.ts";
import { isolateEnvironment, Terraform } from "../../../scripts/terraform/terraform.ts";

const { TF_PLUGIN_DIR, AWS_ENDPOINT_URL } = process.env;

/** Why this machine cannot run these tests; undefined when it can. */
async function missing(): Promise<string | undefined> {
  if (!(await Terraform.find(process.env))) return "no terraform on the PATH";
  if (!TF_PLUGIN_DIR || !(await findOfflineVersion(TF_PLUGIN_DIR)))
    return "TF_PLUGIN_DIR holds no hashicorp/aws";
  return AWS_ENDPOINT_URL ? undefined : "AWS_ENDPOINT_URL is not set";
}

describe("drift, found by Terraform itself", () => {
  const name = `drift-${randomUUID()}`;
  const access = {
    ...(AWS_ENDPOINT_URL && { endpoint: AWS_ENDPOINT_URL }),
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const policy = (action: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: action, Resource: "arn:aws:s3:::backups/*" }],
    });
  let folder: string | undefined;
  let run: (...args: string[]) => Promise<void>;
  let find: () => ReturnType<typeof planStacks>;

  before(async function () {
    const reason = await missing();
    if (reason) {
      this.test!.title += ` (skipped: ${reason})`;
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "ecobeat-drift-"));
    const stack = { name: "fixture", folder };
    const planning = {
      terraform: (await Terraform.find(process.env))!,
      environment: isolateEnvironment(process.env, AWS_ENDPOINT_URL),
      initArguments: [`-plugin-dir=${TF_PLUGIN_DIR}`],
      planArguments: ["-refresh-only"],
      logs: folder,
      signal: AbortSignal.timeout(170_000),
    };
    run = async (...args) => {
      const { terraform, environment, signal } = planning;
      const outcome = await terraform.run(stack.folder, args, environment, join(stack.folder, "log"), signal);
      if (outcome.exitCode !== 0) throw new Error(outcome.output);
    };
    find = () => planStacks([stack], planning, () => {});
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(await configuration()));
    await run("init", "-input=false", ...planning.initArguments);
    await run("apply", "-auto-approve", "-input=false");
    // The role was read before it had its policy: its state learns of it at the next refresh.
    await run("apply", "-refresh-only", "-auto-approve", "-input=false");
  });
  after(async () => {
    if (!folder) return;
    await run("destroy", "-auto-approve", "-input=false");
    rmSync(folder, { recursive: true, force: true });
  });

  async function configuration() {
    return {
      terraform: {
        required_providers: {
          aws: { source: "hashicorp/aws", version: await findOfflineVersion(TF_PLUGIN_DIR!) },
        },
      },
      provider: {
        aws: {
          region: "eu-west-1",
          s3_use_path_style: true,
          skip_credentials_validation: true,
          skip_requesting_account_id: true,
          skip_metadata_api_check: true,
        },
      },
      resource: {
        aws_s3_bucket: { backups: { bucket: name, tags: { owner: "platform" } } },
        aws_iam_role: {
          api: {
            name,
            assume_role_policy: JSON.stringify({
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: "sts:AssumeRole",
                  Principal: { Service: "lambda.amazonaws.com" },
                },
              ],
            }),
          },
        },
        aws_iam_role_policy: {
          api: { name: "api", role: "$" + "{aws_iam_role.api.name}", policy: policy("s3:GetObject") },
        },
      },
    };
  }

  it("finds none where nobody has changed anything", async () => {
    const { plans, failures } = await find();
    expect(failures).to.deep.equal([]);
    expect(plans.map(({ drift }) => drift)).to.deep.equal([[]]);
  });

  it("finds and judges what somebody changed by hand", async () => {
    const s3 = new S3Client({ ...access, forcePathStyle: true });
    await new IAMClient(access).send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "api", PolicyDocument: policy("s3:*") }),
    );
    await s3.send(new DeleteBucketTaggingCommand({ Bucket: name }));
    const { plans } = await find();
    const findings = evaluate(plans).map(({ address, subject }) => [address, subject]);
    expect(findings).to.deep.include(["aws_iam_role_policy.api", "Permissions"]);
    expect(findings).to.deep.include(["aws_s3_bucket.backups", "Drift"]);
  });
});
