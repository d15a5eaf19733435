import { expect } from "chai";
import { evaluate, findWorstSeverity } from "../../../../scripts/plan-review/evaluate.ts";
import { type AttributeDirection, table } from "../../../../scripts/plan-review/rules/table.ts";
import { stores } from "../../../stacks/rules/stores.ts";
import { type Case, changed, itFinds, toPlan } from "../plans.ts";

/** Values of an attribute that changes in each direction. */
const examples: Readonly<Record<AttributeDirection, readonly [unknown, unknown]>> = {
  changed: [undefined, "a"],
  enabled: [false, true],
  disabled: ["true", "false"],
  removed: ["a", null],
  replaced: ["a", "b"],
  reduced: [["a", "b"], ["a"]],
  extended: [["a"], ["a", "b"]],
  zeroed: [7, 0],
  decreased: [7, 3],
  limited: [undefined, 3],
  shortened: [0, 3],
  unlimited: [7, -1],
  lowered: ["TLS_1_3", "TLS_1_2"],
  raised: ["TLS_1_2", "TLS_1_3"],
  kept: ["TLSv1.2_2019", "TLSv1.2_2021"],
};
const secure =
  "AWS_IAM Canary STRICT COMPLIANCE always BucketOwnerEnforced https-only aws:kms Enabled required true private";
const insecure = "NONE OPTIONAL AllAtOnce false public-read no-password +@all true";

/** What the first alternatives of a pattern stand for. */
const toName = (pattern: string): string => {
  const name = pattern.replace(/\(([^()|]*)(\|[^()]*)?\)(\?)?/g, (_, first, __, optional) => (optional ? "" : first));
  return name === pattern ? name.split("|")[0]!.replace(/\.\*/g, "x") : toName(name);
};

const toCase = ([type, attribute, direction]: (typeof table)[string][number]): Case => {
  const name = type === "*" ? "aws_x" : toName(type);
  if (attribute === "") {
    if (direction === "adopted") return [name, { a: [1, 2] }, undefined, { isImported: true }];
    const effects = { lost: "destroy", removed: "forget", granted: "create", keyless: "create" } as const;
    return [name, effects[direction as "lost"] ?? direction];
  }
  if (!(direction instanceof RegExp)) return [name, { [toName(attribute)]: examples[direction as AttributeDirection] }];
  const before = secure.split(" ").find((value) => !direction.test(value));
  return [name, { [toName(attribute)]: [before, insecure.split(" ").find((value) => direction.test(value))] }];
};

const toChange = ([type, values, , more]: Case) => changed(type, values, more);

describe("each row of the table finds its direction:", () => {
  for (const [subject, rows] of Object.entries(table)) {
    for (const row of rows) {
      const [type, attribute, direction, severity, sentence] = row;
      it(`${severity} ${subject}, ${type} ${attribute} ${direction}`, () => {
        const [start, end = ""] = sentence.split("{}");
        const found = evaluate([toPlan(toChange(toCase(row)))]).filter(
          (finding) => finding.subject === subject && finding.severity === severity,
        );
        expect(found.filter(({ text }) => text.includes(start!) && text.endsWith(end))).to.not.be.empty;
      });
    }
  }
});

const x = "aws_x";
const bucket = "aws_s3_bucket";
const stage = "aws_api_gateway_stage";
const user = "aws_elasticache_user";
const alarm = "aws_cloudwatch_metric_alarm";
const masking = "aws_cloudwatch_log_data_protection_policy";
const lifecycle = `${bucket}_lifecycle_configuration`;
const lock = `${bucket}_object_lock_configuration`;
const canary = "CodeDeployDefault.LambdaCanary10Percent5Minutes";
const protectedTables = { deletion_protection: [true, false] } as const;
const secretly = { sensitive: { deletion_protection: true } };
const off = "critical: `deletion_protection` is switched off";

/** The reverse changes are not critical. */
const attributes: readonly Case[] = [
  [x, { at_rest_encryption_enabled: [true, false] }, "critical: `at_rest_encryption_enabled` is switched off"],
  [x, { encrypted: ["true", "false"] }, "critical: `encrypted` is switched off"],
  [x, { sse: [[{ key_arn: "a" }], [{ key_arn: null }]] }, /^critical: `sse\.0\.key_arn` is removed: our key no longer/],
  [x, { kms_master_key_id: ["arn", ""] }, /^critical: `kms_master_key_id` is removed/],
  [x, { kms_key_id: ["a", "b"] }, /^warning: `kms_key_id` changes/],
  ["aws_kms_alias", { target_key_id: ["a", "b"] }, /^warning: `target_key_id` changes/],
  [x, { tls_policy: ["TLSv1.3_2025", "TLS_1_2"] }, "critical: `tls_policy` becomes `TLS_1_2`, before: `TLSv1.3_2025`"],
  [x, { viewer_protocol_policy: ["https-only", "a"] }, "critical: `viewer_protocol_policy` becomes `a`"],
  ["aws_api_gateway_method", { authorization: ["AWS_IAM", "NONE"] }, "critical: `authorization` becomes `NONE`"],
  [x, protectedTables, off],
  [x, protectedTables, off, secretly],
  [x, { force_destroy: [false, true] }, "critical: `force_destroy` is switched on"],
  [x, { retention_in_days: [365, 30] }, /^warning: `retention_in_days` falls from `365` to `30`: older data/],
  [
    x,
    { snapshot_retention_limit: [7, 0] },
    /^critical: `snapshot_retention_limit` falls from `7` to `0`: nothing is kept$/,
  ],
  [
    x,
    { retention_in_days: [365, 30] },
    "warning: `retention_in_days` falls from `(sensitive)` to `(sensitive)`: older data are deleted",
    { sensitive: { retention_in_days: true } },
  ],
  [x, { a: [[{ status: "Enabled" }], [{ status: "Suspended" }]] }, "critical: `a.0.status` becomes `Suspended`"],
  ["aws_scheduler_schedule", { state: ["ENABLED", "DISABLED"] }, "critical: `state` becomes `DISABLED`"],
  [masking, { policy_document: ["a", "b"] }, /^warning: `policy_document` changes/],
  [x, { deployment_config_name: [canary, "LambdaAllAtOnce"] }, /^critical: `deployment_config_name` becomes/],
  [x, { permissions_boundary: ["arn", null] }, /^critical: `permissions_boundary` is removed: only its policies/],
  [user, { access_string: ["on ~s:* +get", "on ~* +@all"] }, /^critical: `access_string` changes/],
  [user, { mode: [[{ type: "iam" }], [{ type: "no-password-required" }]] }, /^critical: .*`: it needs no password$/],
  [
    "aws_cloudfront_distribution",
    { web_acl_id: ["arn", ""] },
    /^critical: `web_acl_id` is removed: no web ACL protects/,
  ],
];

const reserved = (before: number, after: number) => ({ reserved_concurrent_executions: [before, after] }) as const;
const falls = "`reserved_concurrent_executions` falls from `100` to";
const expiring = (days: number) => [{ expiration: [{ days }] }];
const locked = (days: number) => [{ default_retention: [{ days }] }];
const days = "`rule.0.expiration.0.days`";
const open = { block_public_acls: [true, false] } as const;
const opened = /^critical: the bucket can be made public: `block_public_acls` is off$/;

const secret = "aws_secretsmanager_secret";
const instance = "aws_db_instance";
const key = { kms_key_id: "key" };
const create = (after: object) => ({ after: { ...after } });

/** A new store that is public, not encrypted, or not with our key. */
const created: readonly Case[] = [
  [
    instance,
    "create",
    "critical: `publicly_accessible` is `true`: the internet can reach it",
    create({ ...key, publicly_accessible: true, storage_encrypted: true }),
  ],
  [
    instance,
    "create",
    "critical: `storage_encrypted` is `false`: data are not encrypted",
    create({ ...key, publicly_accessible: false, storage_encrypted: false }),
  ],
  [instance, "create", "warning: is created: our key does not encrypt it", create({ kms_key_id: null })],
  [instance, "create", undefined, create({ ...key, storage_encrypted: true })],
  [instance, "create", undefined, { unknown: { kms_key_id: true } }],
  ["aws_dynamodb_table", "create", undefined, create({ server_side_encryption: [{ kms_key_arn: "key" }] })],
  ["aws_sqs_queue", "create", /^warning: is created: our key/, create({ sqs_managed_sse_enabled: true })],
  ["aws_ebs_volume", "create", /critical: `encrypted` is `false`/, create({ encrypted: false })],
];

const notified = (...trigger_events: string[]) => [{ trigger_name: "a", trigger_events, trigger_target_arn: "arn:a" }];
const rolledBack = (...events: string[]) => [{ enabled: true, events }];

/** What guards a release, and reports its failure. */
const releases = (
  [
    [
      { trigger_configuration: [notified("DeploymentStop", "DeploymentRollback"), notified("DeploymentStop")] },
      "warning: a failed release notifies others, or no one: `trigger_configuration.0.trigger_events`",
    ],
    [{ trigger_configuration: [notified("DeploymentStop"), []] }, /^warning: a failed release .*trigger_target_arn`$/m],
    [
      { trigger_configuration: [[], notified("DeploymentStop")] },
      "warning: `trigger_configuration.0.trigger_target_arn` changes",
    ],
    [
      { auto_rollback_configuration: [rolledBack("DEPLOYMENT_STOP_ON_ALARM"), rolledBack()] },
      "warning: `auto_rollback_configuration.0.events` changes: a release that ends so is not rolled back",
    ],
    [
      { alarm_configuration: [[{ ignore_poll_alarm_failure: false }], [{ ignore_poll_alarm_failure: true }]] },
      /^warning/,
    ],
  ] as const
).map(([values, finding]): Case => ["aws_codedeploy_deployment_group", values, finding]);

describe("a review finds by the table:", () => {
  itFinds([
    ...attributes,
    ...releases,
    [bucket, "replace", "critical: is replaced (for `a`): its objects are lost", { replacePaths: ["a"] }],
    ["mongodbatlas_flex_cluster", "destroy", "critical: is destroyed: its databases and its snapshots are lost"],
    [bucket, { tags: [{}, { a: "b" }] }],
    [x, { kms_key_id: ["arn"] }, /^warning: `kms_key_id` is known only after/, { unknown: { kms_key_id: true } }],
    [x, { permissions_boundary: ["a", "b"] }, /^warning: `permissions_boundary` changes: compare what the two/],
    [
      lifecycle,
      { rule: [expiring(30), expiring(1)] },
      `warning: ${days} falls from \`30\` to \`1\`: older data are deleted`,
    ],
    [lifecycle, { rule: [[], expiring(1)] }, `warning: ${days} is \`1\`: older data are deleted`, { effect: "create" }],
    [lock, { rule: [locked(30), locked(1)] }, /^warning: .* falls from `30` to `1`: objects can be deleted sooner$/],
    ["aws_scheduler_schedule", "destroy", /^critical: is removed: what it starts/],
    [masking, "destroy", /^critical: is removed: addresses and tokens are not masked/],
    ["aws_sns_topic_subscription", "destroy", /^warning: is removed: its recipient/],
    ["aws_wafv2_web_acl_logging_configuration", "destroy", /^warning: is removed: actions of WAF/],
    ["aws_wafv2_web_acl_association", "replace", "warning: is replaced: for seconds there is no web ACL"],
    ["aws_wafv2_web_acl_association", "destroy", /^critical: is removed: no web ACL/],
    [alarm, { alarm_actions: [["a", "b"], []] }, "critical: `alarm_actions` is removed: it notifies no one"],
    [alarm, { alarm_actions: [["a", "b"], ["a"]] }, /^warning: `alarm_actions` changes: it notifies fewer recipients/],
    [alarm, { threshold: [5, 5_000] }, "warning: fires under another condition: `threshold` `5` to `5000`"],
    ["aws_lambda_alias", { function_version: ["7", "8"] }, /^critical: shifts all traffic immediately/],
    ["aws_lambda_alias", { description: ["a", "b"] }],
    [
      "aws_lambda_function",
      { handler: ["a", "b"], layers: [[], ["a"]] },
      /^warning: `layers` changes\ninfo: a new version, for `handler`, `layers`:/,
    ],
    [stage, "replace", "warning: is replaced: the API does not respond until it exists again"],
    [stage, "replace", /^info: is replaced: the new one comes first/, { createBeforeDestroy: true }],
    ["aws_lambda_provisioned_concurrency_config", "destroy", /^warning: is destroyed: the first request/],
    [x, reserved(100, 50), `warning: ${falls} \`50\``],
    [x, reserved(100, 0), `critical: ${falls} \`0\`: all requests are rejected`],
    [x, reserved(50, 100)],
    [x, { throttling_rate_limit: [50, -1] }, /^warning: `throttling_rate_limit` no longer limits anything/],
    ["aws_elasticache_replication_group", { node_type: ["a", "b"] }, /^warning: `node_type` changes: a failover/],
    [x, "import", /^info: is imported as it is/],
    [x, "forget", /^warning: stays in the cloud, but Terraform no longer manages it/],
    ["aws_iam_access_key", "create", /^critical: a key that does not expire/],
    ["aws_kms_grant", "create", /^warning: a permission to use a key/],
    ["aws_internet_gateway", "create", /^warning: connects the network/],
    ["aws_s3_bucket_acl", "create", /^critical: gives the public access/, { after: { acl: "public-read" } }],
    ["aws_lambda_function_url", "create", /^critical: .*anyone may call/, { after: { authorization_type: "NONE" } }],
    ["aws_s3_bucket_public_access_block", open, opened],
    ["aws_s3_account_public_access_block", open, opened],
    [
      "aws_kms_key",
      { deletion_window_in_days: [30, 7] },
      /^warning: .* falls from `30` to `7`: less time to cancel a deletion$/,
    ],
    [
      secret,
      { recovery_window_in_days: [30, 0] },
      /^critical: .* falls from `30` to `0`: a deletion cannot be canceled$/,
    ],
    ...created,
    ["aws_wafv2_ip_set", { addresses: [[], ["10.0.0.0/8"]] }, /^warning: rules that refer to it/],
  ]);

  it("but nothing critical in the reverse", () => {
    for (const [type, values, , more] of attributes) {
      const { before, after, ...change } = changed(type, values, more);
      const reversed = { ...change, before: after!, after: before! };
      expect(findWorstSeverity(evaluate([toPlan(reversed)]))).to.not.equal("critical");
    }
  });

  // Of the last two, only the release log and the stack with the origin secret.
  for (const type of [...stores, "aws_cloudwatch_log_group", "aws_cloudformation_stack"]) {
    it(`data loss in ${type}, which the stacks protect from being destroyed`, () =>
      expect(evaluate([toPlan(changed(type, "destroy"))]).map(({ subject }) => subject)).to.include("Data loss"));
  }
});
