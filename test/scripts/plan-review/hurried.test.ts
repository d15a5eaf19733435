import { expect } from "chai";
import { changed, created, evaluateChanges, type PlannedChange, policy } from "./plans.ts";

const destroyed = (type: string): PlannedChange => ({ type, effect: "destroy" });

const everything = policy({ Effect: "Allow", Action: "*", Resource: "*" });
const permitted = (statement: object) =>
  changed("aws_iam_policy", { policy: policy() }, { policy: policy({ Effect: "Allow", ...statement }) });
const alarm = { alarm_actions: ["a", "b"], threshold: 5, actions_enabled: true };
const rule = (name: string, priority: number, statement: object = {}) => ({
  name,
  priority,
  action: [{ block: [{}] }],
  statement: [{ rate_based_statement: [{ limit: 100, ...statement }] }],
});
const acl = (before: object[], after: object[]) =>
  changed("aws_wafv2_web_acl", { rule: before }, { rule: after });
const expiring = (days: number) => ({ rule: [{ expiration: [{ days }] }] });

const ways: Readonly<Record<string, readonly [PlannedChange, RegExp]>> = {
  "a policy within a role": [
    changed("aws_iam_role", {}, { inline_policy: [{ name: "x", policy: everything }] }),
    /^danger: more is allowed: `\*` on `\*`$/,
  ],
  "a policy within a topic": [
    changed(
      "aws_sns_topic",
      {},
      { policy: policy({ Effect: "Allow", Principal: "*", Action: "sns:Publish" }) },
    ),
    /^danger: more is allowed: `sns:Publish` by `\*`$/,
  ],
  "all actions but one": [
    permitted({ NotAction: "s3:Delete*", Resource: "*" }),
    /^danger: .*all but s3:Delete\*/,
  ],
  "all resources but one": [permitted({ Action: "s3:Get*", NotResource: "a" }), /^danger: .*all but a/],
  "a role that may give itself more": [
    permitted({ Action: "iam:Put*", Resource: "arn:aws:iam::*:role/*" }),
    /^danger/,
  ],
  "a role that may pass every role": [permitted({ Action: "iam:PassRole", Resource: "*" }), /^danger/],
  "a trust without a condition": [
    changed(
      "aws_iam_role",
      { assume_role_policy: policy() },
      {
        assume_role_policy: policy({
          Effect: "Allow",
          Action: "sts:AssumeRoleWithWebIdentity",
          Principal: { Federated: "arn:aws:iam::1:oidc-provider/app.terraform.io" },
        }),
      },
    ),
    /^danger: more is allowed: `sts:AssumeRoleWithWebIdentity` by `Federated/,
  ],
  "a policy in another case than AWS's": [
    changed("aws_iam_policy", { policy: policy() }, { policy: '{"statement":[{"effect":"Allow"}]}' }),
    /^attention: `policy` is no policy that can be read here/,
  ],
  "managed policies within a role": [
    changed(
      "aws_iam_role",
      {},
      { name: "r", managed_policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
    ),
    /^danger: `arn:aws:iam::aws:policy\/AdministratorAccess` is attached$/,
  ],
  "an attachment to several": [
    created("aws_iam_policy_attachment", { policy_arn: "arn:aws:iam::aws:policy/IAMFullAccess" }),
    /^danger: .* is attached$/,
  ],
  "another boundary": [
    changed("aws_iam_role", { permissions_boundary: "a" }, { permissions_boundary: "b" }),
    /^attention: gets another permissions boundary/,
  ],
  "a key that does not end": [created("aws_iam_access_key", { user: "u" }), /^danger: a key that does not/],
  "a grant on a key": [created("aws_kms_grant", {}), /^attention: a right to use a key/],
  "a layer for everybody": [
    created("aws_lambda_layer_version_permission", { principal: "*", action: "a", layer_name: "l" }),
    /^danger: `\*` may/,
  ],
  "a wide role in the database": [
    changed(
      "mongodbatlas_database_user",
      { roles: [{ role_name: "read", database_name: "ecobeat" }] },
      { roles: [{ role_name: "atlasAdmin", database_name: "admin" }] },
    ),
    /^danger: may `atlasAdmin on admin` in the database/,
  ],
  "all commands of Redis": [
    changed("aws_elasticache_user", { access_string: "on ~s:* +get" }, { access_string: "on ~* +@all" }),
    /^danger: `access_string` changes/,
  ],
  "Redis without a password": [
    changed(
      "aws_elasticache_user",
      { authentication_mode: [{ type: "iam" }] },
      { authentication_mode: [{ type: "no-password-required" }] },
    ),
    /^danger: comes into Redis without a password/,
  ],
  "a policy of an endpoint that goes": [destroyed("aws_vpc_endpoint_policy"), /^danger: goes: the endpoint/],

  "half of the internet": [
    created("aws_vpc_security_group_ingress_rule", { cidr_ipv4: "128.0.0.0/1" }),
    /^danger: lets `128.0.0.0\/1` in/,
  ],
  "half of the internet by IPv6": [
    created("mongodbatlas_project_ip_access_list", { cidr_block: "8000::/1" }),
    /^danger: the database can be reached from/,
  ],
  "an entry of a prefix list": [
    created("aws_ec2_managed_prefix_list_entry", { cidr: "0.0.0.0/0" }),
    /^danger: `0.0.0.0\/0` may go/,
  ],
  "a rule of a subnet": [
    created("aws_network_acl_rule", { rule_action: "allow", cidr_block: "0.0.0.0/0", egress: false }),
    /^attention: the subnets let `0.0.0.0\/0` in/,
  ],
  "a rule within the subnets' rules": [
    changed("aws_network_acl", { ingress: [] }, { ingress: [{ action: "allow", cidr_block: "10.0.0.0/8" }] }),
    /^attention: the subnets let `10.0.0.0\/8` in/,
  ],
  "a route": [
    created("aws_route", { destination_cidr_block: "0.0.0.0/0", gateway_id: "igw" }),
    /^attention: a route leads to `0.0.0.0\/0`/,
  ],
  "a gateway to the internet": [created("aws_internet_gateway", {}), /^attention: is a way between/],
  "a public list of a bucket": [
    created("aws_s3_bucket_acl", { acl: "public-read" }),
    /^danger: lets everybody/,
  ],
  "one more security group": [
    changed("aws_vpc_endpoint", { security_group_ids: ["a"] }, { security_group_ids: ["a", "b"] }),
    /^attention: is reached by what `b` lets in/,
  ],
  "a whole account that may be public": [
    changed("aws_s3_account_public_access_block", { block_public_acls: true }, { block_public_acls: false }),
    /^danger: the bucket may be made public/,
  ],

  "a web ACL that asks in another order": [
    acl([rule("a", 1), rule("b", 2)], [rule("a", 3), rule("b", 2)]),
    /^attention: its rules are asked in another order: `b`, `a`/,
  ],
  "a rule that counts fewer, behind a lower limit": [
    acl([rule("a", 1)], [rule("a", 1, { limit: 99, scope_down_statement: [{ geo: 1 }] })]),
    /^attention: rule `a` fits other requests than before/,
  ],
  "rules that only the apply will tell": [
    changed("aws_wafv2_web_acl", { rule: [rule("a", 1)] }, {}, { unknown: { rule: true } }),
    /^attention: its rules cannot be judged here/,
  ],
  "another set of addresses": [
    changed("aws_wafv2_ip_set", { addresses: [] }, { addresses: ["10.0.0.0/8"] }),
    /^attention: rules that ask it/,
  ],
  "a distribution without its web ACL": [
    changed("aws_cloudfront_distribution", { web_acl_id: "arn" }, { web_acl_id: "" }),
    /^danger: no web ACL protects it/,
  ],
  "a web ACL that notes nothing": [
    destroyed("aws_wafv2_web_acl_logging_configuration"),
    /^attention: goes: nobody sees afterwards what/,
  ],

  "a key of AWS's own": [
    changed("aws_x", { kms_master_key_id: "arn" }, { kms_master_key_id: "" }),
    /^danger: `kms_master_key_id` is taken away/,
  ],
  "a key that only the apply will tell": [
    changed("aws_x", { kms_key_id: "arn" }, {}, { unknown: { kms_key_id: true } }),
    /^attention: `kms_key_id` is known only after the apply/,
  ],
  "a name that becomes another key's": [
    changed("aws_kms_alias", { target_key_id: "a" }, { target_key_id: "b" }),
    /^attention: `target_key_id` becomes another key/,
  ],
  "plain HTTP": [
    changed("aws_x", { viewer_protocol_policy: "https-only" }, { viewer_protocol_policy: "allow-all" }),
    /^danger: `viewer_protocol_policy` becomes `allow-all`/,
  ],
  "a method for everybody": [
    changed("aws_api_gateway_method", { authorization: "AWS_IAM" }, { authorization: "NONE" }),
    /^danger: `authorization` becomes `NONE`/,
  ],
  "a protection that a provider tells as text": [
    changed("aws_x", { at_rest_encryption_enabled: "true" }, { at_rest_encryption_enabled: "false" }),
    /^danger: `at_rest_encryption_enabled` is switched off/,
  ],
  "a protection that is switched off in secret": [
    changed(
      "aws_x",
      { deletion_protection: true },
      { deletion_protection: false },
      { sensitive: { deletion_protection: true } },
    ),
    /^danger: `deletion_protection` is switched off/,
  ],
  "no snapshots at all": [
    changed("aws_x", { snapshot_retention_limit: 7 }, { snapshot_retention_limit: 0 }),
    /^danger: `snapshot_retention_limit` falls from 7 to 0: nothing/,
  ],
  "objects that are deleted sooner": [
    changed("aws_s3_bucket_lifecycle_configuration", expiring(30), expiring(1)),
    /^attention: `rule.0.expiration.0.days` is 1 where it was 30/,
  ],
  "objects that are deleted from now on": [
    created("aws_s3_bucket_lifecycle_configuration", expiring(1)),
    /^attention: `rule.0.expiration.0.days` is 1: what is older is deleted/,
  ],
  "a shorter lock": [
    changed(
      "aws_s3_bucket_object_lock_configuration",
      { rule: [{ default_retention: [{ days: 30 }] }] },
      { rule: [{ default_retention: [{ days: 1 }] }] },
    ),
    /^attention: `rule.0.default_retention.0.days` is 1 where it was 30: objects may be deleted sooner/,
  ],
  "a backup that is not started": [
    changed("aws_scheduler_schedule", { state: "ENABLED" }, { state: "DISABLED" }),
    /^danger: `state` becomes `DISABLED`/,
  ],
  "a schedule that goes": [destroyed("aws_scheduler_schedule"), /^danger: goes: what it starts/],
  "a receiver of alarms that goes": [destroyed("aws_sns_topic_subscription"), /^attention: goes: its rec/],
  "less that is masked": [
    changed("aws_cloudwatch_log_data_protection_policy", { policy_document: "a" }, { policy_document: "b" }),
    /^attention: `policy_document` changes: which texts are masked/,
  ],
  "an alarm that tells nobody": [
    changed("aws_cloudwatch_metric_alarm", alarm, { ...alarm, alarm_actions: [] }),
    /^danger: rings, and nobody is told/,
  ],
  "an alarm that tells fewer": [
    changed("aws_cloudwatch_metric_alarm", alarm, { ...alarm, alarm_actions: ["a"] }),
    /^attention: somebody who was told when it rings/,
  ],
  "an alarm that rings later": [
    changed("aws_cloudwatch_metric_alarm", alarm, { ...alarm, threshold: 5_000 }),
    /^attention: rings at another moment: `threshold` 5 to 5000/,
  ],
  "a release that goes all at once": [
    changed(
      "aws_codedeploy_deployment_group",
      { deployment_config_name: "CodeDeployDefault.LambdaCanary10Percent5Minutes" },
      { deployment_config_name: "CodeDeployDefault.LambdaAllAtOnce" },
    ),
    /^danger: `deployment_config_name` becomes/,
  ],
  "a throttle that is taken away": [
    changed("aws_x", { throttling_rate_limit: 50 }, { throttling_rate_limit: -1 }),
    /^attention: `throttling_rate_limit` no longer limits anything/,
  ],
  "environments that are no longer kept ready": [
    destroyed("aws_lambda_provisioned_concurrency_config"),
    /^attention: is destroyed: the first request/,
  ],
  "what is taken over": [
    { type: "aws_x", effect: "import", before: { a: 1 }, after: { a: 1 } },
    /^note: is taken over as it is/,
  ],
};

describe("a review overlooks none of the ways to loosen something:", () => {
  for (const [way, [change, text]] of Object.entries(ways)) {
    it(way, () => {
      const found = evaluateChanges(change);
      expect(
        found.filter((each) => text.test(each)),
        JSON.stringify(found),
      ).to.have.lengthOf(1);
    });
  }

  it("not even in a policy that is made to be slow to compare", () => {
    const action = `${"*a".repeat(40)}b`;
    const statement = { Effect: "Allow", Resource: "*" };
    const before = policy({ ...statement, Action: action });
    const after = policy({ ...statement, Action: "a".repeat(5_000) });
    expect(
      evaluateChanges(changed("aws_iam_policy", { policy: before }, { policy: after })),
    ).to.have.lengthOf(1);
  }).timeout(2_000);

  it("nor in one with a condition that is none", () => {
    expect(
      evaluateChanges(permitted({ Action: "a:B", Resource: "c", Condition: { Null: null } })),
    ).to.have.lengthOf(1);
  });
});
