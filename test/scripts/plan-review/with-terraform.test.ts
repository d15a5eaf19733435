import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { evaluate, type LocatedFinding } from "../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../scripts/plan-review/markdown.ts";
import { type Plan, readPlan } from "../../../scripts/plan-review/plan.ts";
import { findOfflineVersion } from "../../../scripts/terraform/provider.ts";
import { isolateEnvironment, Terraform } from "../../../scripts/terraform/terraform.ts";

type Attributes = Readonly<Record<string, unknown>>;

const policy = (...statements: readonly Attributes[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const read = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::backups/*" };
const write = { ...read, Action: "s3:PutObject" };

const rateRule = (action: string) => ({
  name: "rate",
  priority: 1,
  action: [{ [action]: [{}] }],
  statement: [{ rate_based_statement: [{ limit: 100, aggregate_key_type: "IP" }] }],
  visibility_config: [
    { cloudwatch_metrics_enabled: true, metric_name: "rate", sampled_requests_enabled: true },
  ],
});
const acl = (action: string) => ({
  name: "api",
  scope: "REGIONAL",
  default_action: [{ allow: [{}] }],
  rule: [rateRule(action)],
  visibility_config: [
    { cloudwatch_metrics_enabled: true, metric_name: "api", sampled_requests_enabled: true },
  ],
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
const trust = (service: string) =>
  policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } });
const secret = "hunter2-hunter2";

/** One resource for each judgement: as the state has it, and as it is to be. Without the one or the other it is made, or goes. */
const cases: Readonly<
  Record<string, { readonly was?: Attributes; readonly is?: Attributes; readonly id?: string }>
> = {
  "aws_s3_bucket.backups": { was: { bucket: "old" }, is: { bucket: "new" }, id: "old" },
  "aws_sqs_queue.failures": {
    was: { name: "failures" },
    id: "https://sqs.eu-west-1.amazonaws.com/123456789012/failures",
  },
  "aws_iam_role_policy.api": {
    was: { name: "api", role: "api", policy: policy(read) },
    is: { name: "api", role: "api", policy: policy(read, write) },
    id: "api:api",
  },
  "aws_iam_role_policy.unknown": {
    is: { name: "x", role: "api", policy: policy({ ...read, Resource: `\${aws_s3_bucket.backups.arn}/*` }) },
  },
  "aws_vpc_security_group_ingress_rule.open": {
    is: { security_group_id: "sg-1", cidr_ipv4: "0.0.0.0/0", ip_protocol: "tcp", from_port: 22, to_port: 22 },
  },
  "aws_wafv2_web_acl.api": { was: acl("block"), is: acl("count"), id: "acl" },
  "aws_cloudwatch_log_group.api": {
    was: { name: "api", kms_key_id: "arn:aws:kms:eu-west-1:123456789012:key/k", retention_in_days: 90 },
    is: { name: "api", retention_in_days: 30 },
    id: "api",
  },
  "aws_lambda_function.api": { was: lambda("old"), is: lambda("new"), id: "api" },
  "aws_lambda_alias.live": {
    was: { name: "live", function_name: "api", function_version: "7" },
    is: { name: "live", function_name: "api", function_version: "8" },
    id: "arn:aws:lambda:eu-west-1:123456789012:function:api:live",
  },
  "aws_api_gateway_stage.live": {
    was: { rest_api_id: "r", stage_name: "old", deployment_id: "d" },
    is: { rest_api_id: "r", stage_name: "new", deployment_id: "d" },
    id: "ags-r-old",
  },
  "aws_iam_role.api": {
    was: { name: "api", path: "/", assume_role_policy: trust("lambda.amazonaws.com") },
    is: { name: "api", assume_role_policy: trust("ec2.amazonaws.com") },
    id: "api",
  },
  "aws_cloudwatch_metric_alarm.errors": {
    was: { ...alarm, alarm_actions: ["arn:aws:sns:eu-west-1:123456789012:alerts"] },
    is: { ...alarm, threshold: 500 },
    id: "errors",
  },
  "aws_route.out": {
    is: { route_table_id: "rtb-1", destination_cidr_block: "0.0.0.0/0", gateway_id: "igw-1" },
  },
  "aws_ssm_parameter.secret": {
    was: { name: "/secret", type: "SecureString", value: "old" },
    is: { name: "/secret", type: "SecureString", value: secret },
    id: "/secret",
  },
};

/** Why this machine cannot run these tests; undefined when it can. */
async function missing(): Promise<string | undefined> {
  const { TF_PLUGIN_DIR } = process.env;
  if (!(await Terraform.find(process.env))) return "no terraform on the PATH";
  if (!TF_PLUGIN_DIR || !(await findOfflineVersion(TF_PLUGIN_DIR)))
    return "TF_PLUGIN_DIR holds no hashicorp/aws";
  return undefined;
}

describe("a review of a plan that Terraform itself has made", () => {
  let folder: string;
  let plan: Plan;
  let findings: readonly LocatedFinding[];

  before(async function () {
    const reason = await missing();
    if (reason) {
      this.test!.title += ` (skipped: ${reason})`;
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "ecobeat-review-"));
    plan = readPlan("staging", await planIn(folder));
    findings = evaluate([plan]);
  });
  after(() => folder && rmSync(folder, { recursive: true, force: true }));

  for (const [what, address, severity, text] of [
    [
      "data that is lost",
      "aws_s3_bucket.backups",
      "danger",
      /is replaced \(for `bucket`\): its objects are lost/,
    ],
    ["what goes", "aws_sqs_queue.failures", "attention", /is destroyed: messages/],
    [
      "who may do more",
      "aws_iam_role_policy.api",
      "attention",
      /more is allowed: `s3:PutObject` on `arn:aws:s3:::backups\/\*`/,
    ],
    [
      "a policy that is not known yet",
      "aws_iam_role_policy.unknown",
      "attention",
      /known only after the apply/,
    ],
    [
      "a port that is opened",
      "aws_vpc_security_group_ingress_rule.open",
      "danger",
      /lets `0.0.0.0\/0` in to port `22`/,
    ],
    [
      "who else may take a role",
      "aws_iam_role.api",
      "attention",
      /more is allowed: `sts:AssumeRole` by `Service:ec2\.amazonaws\.com`/,
    ],
    ["an alarm that rings later", "aws_cloudwatch_metric_alarm.errors", "attention", /`threshold` 5 to 500/],
    ["an alarm that nobody hears", "aws_cloudwatch_metric_alarm.errors", "danger", /nobody is told/],
    ["a way to the internet", "aws_route.out", "attention", /a route leads to `0\.0\.0\.0\/0`/],
    ["a web ACL that only counts", "aws_wafv2_web_acl.api", "attention", /`count` where it did `block`/],
    ["encryption that is taken away", "aws_cloudwatch_log_group.api", "danger", /`kms_key_id` is taken away/],
    ["logs that are kept for less", "aws_cloudwatch_log_group.api", "attention", /falls from 90 to 30/],
    ["code that changes", "aws_lambda_function.api", "note", /a new version, for .*`source_code_hash`/],
    ["an alias that moves", "aws_lambda_alias.live", "danger", /moves all requests at once/],
    [
      "requests that are interrupted",
      "aws_api_gateway_stage.live",
      "attention",
      /is replaced: the API answers nobody/,
    ],
  ] as const) {
    it(`tells ${what}`, () => {
      const texts = findings
        .filter((finding) => finding.address === address && finding.severity === severity)
        .map((finding) => finding.text);
      expect(
        texts.filter((each) => text.test(each)),
        JSON.stringify(findings, undefined, 1),
      ).to.have.lengthOf(1);
    });
  }

  it("shows no secret", () => {
    const review = toMarkdown([plan], findings);
    expect(review).to.include("aws_ssm_parameter.secret").and.to.not.include(secret);
  });
});

/** Plans the cases from a state that was never applied, and reaches nobody. */
async function planIn(folder: string): Promise<string> {
  const terraform = (await Terraform.find(process.env))!;
  const version = await findOfflineVersion(process.env.TF_PLUGIN_DIR!);
  const provider = "registry.terraform.io/hashicorp/aws";
  const signal = AbortSignal.timeout(100_000);
  const resource: Record<string, Record<string, Attributes>> = {};
  for (const [address, { is }] of Object.entries(cases)) {
    const [type, name] = address.split(".") as [string, string];
    if (is) resource[type] = { ...resource[type], [name]: is };
  }
  writeFileSync(join(folder, "archive.zip"), "never sent");
  writeFileSync(
    join(folder, "main.tf.json"),
    JSON.stringify({
      terraform: { required_providers: { aws: { source: "hashicorp/aws", version } } },
      provider: {
        aws: {
          region: "eu-west-1",
          skip_credentials_validation: true,
          skip_requesting_account_id: true,
          skip_metadata_api_check: true,
        },
      },
      resource,
    }),
  );
  const resources = Object.entries(cases).flatMap(([address, { was, id }]) => {
    const [type, name] = address.split(".");
    const instances = [{ schema_version: 0, attributes: { ...was, id } }];
    return was ? [{ mode: "managed", type, name, provider: `provider["${provider}"]`, instances }] : [];
  });
  writeFileSync(
    join(folder, "terraform.tfstate"),
    JSON.stringify({
      version: 4,
      terraform_version: terraform.version,
      serial: 1,
      lineage: "review",
      outputs: {},
      resources,
    }),
  );
  const environment = isolateEnvironment(process.env);
  const run = async (args: readonly string[]) => {
    const outcome = await terraform.run(folder, args, environment, join(folder, "log"), signal);
    if (outcome.exitCode !== 0) throw new Error(outcome.output);
    return outcome.output;
  };
  await run(["init", "-input=false", `-plugin-dir=${process.env.TF_PLUGIN_DIR}`]);
  await run(["plan", "-input=false", "-refresh=false", "-out=plan"]);
  return run(["show", "-json", "plan"]);
}
