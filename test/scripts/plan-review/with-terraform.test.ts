import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { evaluate, type LocatedFinding } from "../../../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../../../scripts/plan-review/markdown.ts";
import { type Plan, readPlan } from "../../../scripts/plan-review/plan.ts";
import type { Attributes } from "../../../scripts/plan-review/resource-change.ts";
import { policy } from "./plans.ts";
import { type Resources, Workspace } from "./workspace.ts";

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
const issuer = "token.actions.githubusercontent.com";
const github = (subject: string) =>
  policy({
    ...{ Effect: "Allow", Action: "sts:AssumeRoleWithWebIdentity" },
    Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${issuer}` },
    Condition: { StringLike: { [`${issuer}:sub`]: subject } },
  });
const integration = (account: string) => ({
  ...{ rest_api_id: "r", resource_id: "m", http_method: "GET", type: "AWS_PROXY", integration_http_method: "POST" },
  uri: `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:${account}:function:api/invocations`,
});
const origin = (domain_name: string) => ({
  ...{ enabled: true, restrictions: [{ geo_restriction: [{ restriction_type: "none", locations: [] }] }] },
  viewer_certificate: [{ cloudfront_default_certificate: true }],
  origin: [{ origin_id: "api", domain_name }],
  default_cache_behavior: [
    {
      ...{ target_origin_id: "api", viewer_protocol_policy: "https-only", cache_policy_id: "none" },
      ...{ allowed_methods: ["GET", "HEAD"], cached_methods: ["GET", "HEAD"] },
    },
  ],
});

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
      /^warning: .*falls from `90` to `30`/,
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
      /^warning: .*`threshold` `5` to `500`/,
      /^critical: .*notifies no one/,
    ],
    "aws_route.out": [
      undefined,
      { route_table_id: "rtb-1", destination_cidr_block: "0.0.0.0/0", gateway_id: "igw-1" },
      /^warning: a route leads to `0\.0\.0\.0\/0`/,
    ],
    "aws_iam_role_policy_attachment.api": [
      { id: "api-1", role: "api", policy_arn: "arn:aws:iam::123456789012:policy/api" },
      undefined,
      /^warning: is destroyed: what it allowed is denied/,
    ],
    "aws_codedeploy_app.api": [
      { id: "1:old", name: "old", compute_platform: "Lambda" },
      { name: "new", compute_platform: "ECS" },
      /^critical: is replaced \(for `compute_platform`\): no release/,
    ],
    "aws_sqs_queue_policy.api": [
      { id: `${sqs}/a`, queue_url: `${sqs}/a`, policy: policy(read) },
      undefined,
      /^warning: is destroyed: what it allowed is denied/,
    ],
    "aws_iam_role.deploy": [
      { id: "deploy", name: "deploy", path: "/", assume_role_policy: github("repo:ecobeat/platform:*") },
      { name: "deploy", assume_role_policy: github("repo:*") },
      /^critical: allows more: .*:sub` StringLike `repo:\*` \(which limits no one\)$/,
    ],
    "aws_api_gateway_integration.api": [
      { id: "agi-r-m-GET", ...integration("123456789012") },
      integration("999999999999"),
      /^critical: `uri` leads to `arn:aws:apigateway:.*, of the other account `999999999999`$/,
    ],
    "aws_cloudfront_distribution.api": [
      { id: "E1", ...origin("api.ecobeat.app") },
      origin("api.ecobeat.example"),
      /^critical: `origin.0.domain_name` leads to `api.ecobeat.example`, before: `api.ecobeat.app`, of the other domain/,
    ],
    "aws_iam_role.new": [undefined, { name: "new", assume_role_policy: trust("lambda.amazonaws.com") }],
    "aws_lambda_function.moved": [
      { id: "moved", ...lambda("new"), function_name: "moved" },
      { ...lambda("new"), function_name: "moved", role: "${aws_iam_role.new.arn}" },
      /^warning: `role` is known only after the apply: read it in the code$/,
    ],
    "aws_kms_key.data": [
      { id: "k", key_id: "k", arn: key, deletion_window_in_days: 30, is_enabled: true, enable_key_rotation: true },
      { deletion_window_in_days: 7, is_enabled: true, enable_key_rotation: true },
      /^warning: `deletion_window_in_days` falls from `30` to `7`: less time to cancel a deletion$/,
    ],
    "aws_db_instance.public": [
      undefined,
      {
        ...{ identifier: "public", instance_class: "db.t4g.micro", engine: "postgres", allocated_storage: 20 },
        ...{ username: "admin1", password: secret, publicly_accessible: true, skip_final_snapshot: true },
      },
      /^critical: `publicly_accessible` is `true`/,
      /^warning: is created: our key does not encrypt it$/,
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
  const outputs = { password: { value: secret, type: "string", sensitive: true } };
  return { version: 4, terraform_version, serial: 1, lineage: "review", outputs, resources };
}

describe("a review of a plan that Terraform has made", () => {
  let workspace: Workspace | undefined;
  let plan: Plan;
  let findings: readonly LocatedFinding[];

  before(async function () {
    workspace = await Workspace.create(this, toResources());
    writeFileSync(join(workspace.folder, "archive.zip"), "never sent");
    workspace.write("terraform.tfstate", toState(workspace.terraform.version));
    workspace.write("elsewhere.tf.json", {
      variable: { password: { type: "string", default: secret, sensitive: true } },
      output: { password: { value: "${nonsensitive(var.password)}" } },
      check: {
        password: {
          assert: [{ condition: "${length(var.password) > 99}", error_message: "${nonsensitive(var.password)}" }],
        },
      },
    });
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

  for (const [address, text] of [
    ["check.password", /^warning: fails/],
    ["output.password", /^critical: is no longer sensitive/],
  ] as const) {
    it(`finds in ${address}: ${text.source}`, () => {
      const own = findings.filter((finding) => finding.address === address);
      expect(own.map((finding) => `${finding.severity}: ${finding.text}`).join("\n")).to.match(text);
    });
  }

  it("knows all parts of the plan", () => {
    expect(findings.map(({ subject }) => subject)).to.not.include("Not read");
  });

  it("shows no secret", () => {
    const review = toMarkdown([plan], findings);
    expect(review).to.include("aws_ssm_parameter.secret").and.to.not.include(secret);
  });
});
