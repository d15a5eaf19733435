import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { DeleteBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { evaluate, type LocatedFinding } from "../../../scripts/plan-review/evaluate.ts";
import type { Severity } from "../../../scripts/plan-review/finding.ts";
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
const acl = (action: string) => ({
  name: "api",
  scope: "REGIONAL",
  default_action: [{ allow: [{}] }],
  rule: [
    {
      name: "rate",
      priority: 1,
      action: [{ [action]: [{}] }],
      statement: [{ rate_based_statement: [{ limit: 100, aggregate_key_type: "IP" }] }],
      visibility_config: visibility("rate"),
    },
  ],
  visibility_config: visibility("api"),
});
const lambda = (hash: string) => ({
  function_name: "api",
  role: "arn:aws:iam::123456789012:role/api",
  runtime: "nodejs22.x",
  handler: "index.handler",
  filename: "archive.zip",
  package_type: "Zip",
  source_code_hash: hash,
});
const alarm = {
  alarm_name: "errors",
  comparison_operator: "GreaterThanThreshold",
  evaluation_periods: 2,
  metric_name: "Errors",
  namespace: "AWS/Lambda",
  period: 60,
  statistic: "Sum",
  threshold: 5,
};
const secret = "hunter2-hunter2";

interface Case {
  /** Attributes in the state; without them the resource is created. */
  readonly was?: Attributes;
  /** Attributes in the configuration; without them the resource is destroyed. */
  readonly is?: Attributes;
  readonly id?: string;
  readonly findings?: readonly (readonly [Severity, RegExp])[];
}

/** One resource for each rule. */
const cases: Readonly<Record<string, Case>> = {
  "aws_s3_bucket.backups": {
    was: { bucket: "old" },
    is: { bucket: "new" },
    id: "old",
    findings: [["critical", /is replaced \(for `bucket`\): its objects are lost/]],
  },
  "aws_sqs_queue.failures": {
    was: { name: "failures" },
    id: "https://sqs.eu-west-1.amazonaws.com/123456789012/failures",
    findings: [["warning", /is destroyed: messages/]],
  },
  "aws_iam_role_policy.api": {
    was: { name: "api", role: "api", policy: policy(read) },
    is: { name: "api", role: "api", policy: policy(read, write) },
    id: "api:api",
    findings: [["warning", /allows more: `s3:PutObject` on `arn:aws:s3:::backups\/\*`/]],
  },
  "aws_iam_role_policy.unknown": {
    is: { name: "x", role: "api", policy: policy({ ...read, Resource: `\${aws_s3_bucket.backups.arn}/*` }) },
    findings: [["warning", /known only after the apply/]],
  },
  "aws_vpc_security_group_ingress_rule.open": {
    is: { security_group_id: "sg-1", cidr_ipv4: "0.0.0.0/0", ip_protocol: "tcp", from_port: 22, to_port: 22 },
    findings: [["critical", /allows traffic from `0.0.0.0\/0`, port `22`/]],
  },
  "aws_wafv2_web_acl.api": {
    was: acl("block"),
    is: acl("count"),
    id: "acl",
    findings: [["warning", /`count`, before: `block`/]],
  },
  "aws_cloudwatch_log_group.api": {
    was: { name: "api", kms_key_id: "arn:aws:kms:eu-west-1:123456789012:key/k", retention_in_days: 90 },
    is: { name: "api", retention_in_days: 30 },
    id: "api",
    findings: [
      ["critical", /`kms_key_id` is removed/],
      ["warning", /falls from 90 to 30/],
    ],
  },
  "aws_lambda_function.api": {
    was: lambda("old"),
    is: lambda("new"),
    id: "api",
    findings: [["info", /a new version, for .*`source_code_hash`/]],
  },
  "aws_lambda_alias.live": {
    was: { name: "live", function_name: "api", function_version: "7" },
    is: { name: "live", function_name: "api", function_version: "8" },
    id: "arn:aws:lambda:eu-west-1:123456789012:function:api:live",
    findings: [["critical", /shifts all traffic at once/]],
  },
  "aws_api_gateway_stage.live": {
    was: { rest_api_id: "r", stage_name: "old", deployment_id: "d" },
    is: { rest_api_id: "r", stage_name: "new", deployment_id: "d" },
    id: "ags-r-old",
    findings: [["warning", /is replaced \(for `stage_name`\): the API does not respond/]],
  },
  "aws_iam_role.api": {
    was: { name: "api", path: "/", assume_role_policy: trust("lambda.amazonaws.com") },
    is: { name: "api", assume_role_policy: trust("ec2.amazonaws.com") },
    id: "api",
    findings: [["warning", /allows more: `sts:AssumeRole` by `Service:ec2\.amazonaws\.com`/]],
  },
  "aws_cloudwatch_metric_alarm.errors": {
    was: { ...alarm, alarm_actions: ["arn:aws:sns:eu-west-1:123456789012:alerts"] },
    is: { ...alarm, threshold: 500 },
    id: "errors",
    findings: [
      ["warning", /`threshold` 5 to 500/],
      ["critical", /notifies no one/],
    ],
  },
  "aws_route.out": {
    is: { route_table_id: "rtb-1", destination_cidr_block: "0.0.0.0/0", gateway_id: "igw-1" },
    findings: [["warning", /a route leads to `0\.0\.0\.0\/0`/]],
  },
  "aws_ssm_parameter.secret": {
    was: { name: "/secret", type: "SecureString", value: "old" },
    is: { name: "/secret", type: "SecureString", value: secret },
    id: "/secret",
  },
};

function toResources(): Resources {
  const resource: Record<string, Record<string, Attributes>> = {};
  for (const [address, { is }] of Object.entries(cases)) {
    const [type, name] = address.split(".") as [string, string];
    if (is) resource[type] = { ...resource[type], [name]: is };
  }
  return resource;
}

/** A state that was never applied. */
function toState(terraform_version: string) {
  const resources = Object.entries(cases).flatMap(([address, { was, id }]) => {
    const [type, name] = address.split(".");
    const instances = [{ schema_version: 0, attributes: { ...was, id } }];
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

  for (const [address, { findings: expected = [] }] of Object.entries(cases)) {
    for (const [severity, text] of expected) {
      it(`finds ${severity} for ${address}: ${text.source}`, () => {
        const own = findings.filter((finding) => finding.address === address && finding.severity === severity);
        expect(own.filter((finding) => text.test(finding.text))).to.have.lengthOf(1);
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
