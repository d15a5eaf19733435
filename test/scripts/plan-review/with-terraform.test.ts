import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { DeleteBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { evaluate, type LocatedFinding } from "../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../scripts/plan-review/markdown.ts";
import { type Attributes, type Plan, readPlan } from "../../../scripts/plan-review/plan.ts";
import { planStacks } from "../../../scripts/plan-review/plan-stacks.ts";
import { policy } from "./plans.ts";
import { type Resources, Workspace } from "./workspace.ts";

const { AWS_ENDPOINT_URL } = process.env;
const provider = "registry.terraform.io/hashicorp/aws";

const read = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::backups/*" };
const write = { ...read, Action: "s3:PutObject" };
const trust = (service: string) =>
  policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } });

const visibility = (metric_name: string) => [
  { cloudwatch_metrics_enabled: true, metric_name, sampled_requests_enabled: true },
];
const statement = [{ rate_based_statement: [{ limit: 100, aggregate_key_type: "IP" }] }];
const rate = { name: "rate", priority: 1, statement, visibility_config: visibility("rate") };
const acl = (action: string) => ({
  ...{ name: "api", scope: "REGIONAL", default_action: [{ allow: [{}] }], visibility_config: visibility("api") },
  rule: [{ ...rate, action: [{ [action]: [{}] }] }],
});
const lambda = (source_code_hash: string) => ({
  ...{ function_name: "api", role: "arn:aws:iam::123456789012:role/api", runtime: "nodejs22.x" },
  ...{ handler: "index.handler", filename: "archive.zip", package_type: "Zip", source_code_hash },
});
const alarm = {
  ...{ alarm_name: "errors", comparison_operator: "GreaterThanThreshold", evaluation_periods: 2, period: 60 },
  ...{ metric_name: "Errors", namespace: "AWS/Lambda", statistic: "Sum", threshold: 5 },
};
const stage = (stage_name: string) => ({ rest_api_id: "r", stage_name, deployment_id: "d" });
const alias = (function_version: string) => ({ name: "live", function_name: "api", function_version });
const parameter = (value: string) => ({ name: "/secret", type: "SecureString", value });
const secret = "hunter2-hunter2";
const unknown = { ...read, Resource: `\${aws_s3_bucket.backups.arn}/*` };
const [lambdas, sqs] = [
  "arn:aws:lambda:eu-west-1:123456789012:function",
  "https://sqs.eu-west-1.amazonaws.com/123456789012",
];
const open = { security_group_id: "sg-1", cidr_ipv4: "0.0.0.0/0", ip_protocol: "tcp", from_port: 22, to_port: 22 };
const key = "arn:aws:kms:eu-west-1:123456789012:key/k";
const topic = "arn:aws:sns:eu-west-1:123456789012:alerts";

/**
 * One resource for each kind of rule: attributes in the state, without which it is created; in the configuration, without which it is
 * destroyed; and its findings.
 */
const cases: Readonly<Record<string, readonly [was: Attributes | undefined, is: Attributes | undefined, ...RegExp[]]>> =
  {
    "aws_s3_bucket.backups": [
      { id: "old", bucket: "old" },
      { bucket: "new" },
      /^critical: is replaced \(for `bucket`\): its objects are lost/,
    ],
    "aws_sqs_queue.failures": [
      { id: `${sqs}/failures`, name: "failures" },
      undefined,
      /^warning: is destroyed: messages/,
    ],
    "aws_iam_role_policy.api": [
      { id: "api:api", name: "api", role: "api", policy: policy(read) },
      { name: "api", role: "api", policy: policy(read, write) },
      /^warning: allows more: `s3:PutObject` on `arn:aws:s3:::backups\/\*`/,
    ],
    "aws_iam_role_policy.unknown": [
      undefined,
      { name: "x", role: "api", policy: policy(unknown) },
      /^warning: .*known only after the apply/,
    ],
    "aws_vpc_security_group_ingress_rule.open": [
      undefined,
      open,
      /^critical: allows traffic from `0.0.0.0\/0`, port `22`/,
    ],
    "aws_wafv2_web_acl.api": [{ id: "acl", ...acl("block") }, acl("count"), /^warning: .*`count`, before: `block`/],
    "aws_cloudwatch_log_group.api": [
      { id: "api", name: "api", kms_key_id: key, retention_in_days: 90 },
      { name: "api", retention_in_days: 30 },
      /^critical: `kms_key_id` is removed/,
      /^warning: .*falls from 90 to 30/,
    ],
    "aws_lambda_function.api": [
      { id: "api", ...lambda("old") },
      lambda("new"),
      /^info: a new version, for .*`source_code_hash`/,
    ],
    "aws_lambda_alias.live": [
      { id: `${lambdas}:api:live`, ...alias("7") },
      alias("8"),
      /^critical: shifts all traffic/,
    ],
    "aws_api_gateway_stage.live": [
      { id: "ags-r-old", ...stage("old") },
      stage("new"),
      /^warning: is replaced \(for `stage_name`\): the API does not respond/,
    ],
    "aws_iam_role.api": [
      { id: "api", name: "api", path: "/", assume_role_policy: trust("lambda.amazonaws.com") },
      { name: "api", assume_role_policy: trust("ec2.amazonaws.com") },
      /^warning: allows more: `sts:AssumeRole` by `Service:ec2\.amazonaws\.com`/,
    ],
    "aws_cloudwatch_metric_alarm.errors": [
      { id: "errors", ...alarm, alarm_actions: [topic] },
      { ...alarm, threshold: 500 },
      /^warning: .*`threshold` 5 to 500/,
      /^critical: .*notifies no one/,
    ],
    "aws_route.out": [
      undefined,
      { route_table_id: "rtb-1", destination_cidr_block: "0.0.0.0/0", gateway_id: "igw-1" },
      /^warning: a route leads to `0\.0\.0\.0\/0`/,
    ],
    "aws_ssm_parameter.secret": [{ id: "/secret", ...parameter("old") }, parameter(secret)],
  };

function toResources(): Resources {
  const resource: Record<string, Record<string, Attributes>> = {};
  for (const [address, [, is]] of Object.entries(cases)) {
    const [type, name] = address.split(".") as [string, string];
    if (is) resource[type] = { ...resource[type], [name]: is };
  }
  return resource;
}

/** A state that was never applied. */
function toState(terraform_version: string) {
  const resources = Object.entries(cases).flatMap(([address, [was]]) => {
    const [type, name] = address.split(".");
    const instances = [{ schema_version: 0, attributes: was }];
    return was ? [{ mode: "managed", type, name, provider: `provider["${provider}"]`, instances }] : [];
  });
  return { version: 4, terraform_version, serial: 1, lineage: "review", outputs: {}, resources };
}

describe("a review of a plan that Terraform has made", () => {
  let workspace: Workspace | undefined;
  let plan: Plan;
  let findings: readonly LocatedFinding[];

  before(async function () {
    workspace = await Workspace.create(this, toResources());
    writeFileSync(join(workspace.folder, "archive.zip"), "never sent");
    workspace.write("terraform.tfstate", toState(workspace.terraform.version));
    await workspace.init();
    await workspace.run("plan", "-input=false", "-refresh=false", "-out=plan");
    plan = readPlan("staging", await workspace.run("show", "-json", "plan"));
    findings = evaluate([plan]);
  });
  after(() => workspace?.remove());

  for (const [address, [, , ...expected]] of Object.entries(cases)) {
    for (const text of expected) {
      it(`finds in ${address}: ${text.source}`, () => {
        const own = findings.filter((finding) => finding.address === address);
        expect(own.filter((finding) => text.test(`${finding.severity}: ${finding.text}`))).to.have.lengthOf(1);
      });
    }
  }

  it("shows no secret", () => {
    const review = toMarkdown([plan], findings);
    expect(review).to.include("aws_ssm_parameter.secret").and.to.not.include(secret);
  });
});

describe("drift that Terraform has found", () => {
  const name = `drift-${randomUUID()}`;
  const access = {
    ...(AWS_ENDPOINT_URL && { endpoint: AWS_ENDPOINT_URL }),
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
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
      aws_iam_role: { api: { name, assume_role_policy: trust("lambda.amazonaws.com") } },
      aws_iam_role_policy: { api: { name: "api", role: "${aws_iam_role.api.name}", policy: policy(read) } },
    };
    workspace = await Workspace.create(this, resource, settings);
    await workspace.init();
    await workspace.run("apply", "-auto-approve", "-input=false");
    // Terraform reads the role before it has its policy: only a refresh adds the policy to the role's state.
    await workspace.run("apply", "-refresh-only", "-auto-approve", "-input=false");
  });
  after(async () => {
    await workspace?.run("destroy", "-auto-approve", "-input=false");
    workspace?.remove();
  });

  it("is empty if nothing was changed", async () => {
    const { plans, failures } = await find();
    expect(failures).to.deep.equal([]);
    expect(plans.map(({ drift }) => drift)).to.deep.equal([[]]);
  });

  it("contains changes that were made outside of Terraform, with their findings", async () => {
    const changedPolicy = policy({ ...read, Action: "s3:*" });
    await new IAMClient(access).send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "api", PolicyDocument: changedPolicy }),
    );
    const s3 = new S3Client({ ...access, forcePathStyle: true });
    await s3.send(new DeleteBucketTaggingCommand({ Bucket: name }));
    const { plans } = await find();
    const findings = evaluate(plans).map(({ address, subject }) => [address, subject]);
    expect(findings).to.deep.include(["aws_iam_role_policy.api", "Permissions"]);
    expect(findings).to.deep.include(["aws_s3_bucket.backups", "Drift"]);
  });
});
