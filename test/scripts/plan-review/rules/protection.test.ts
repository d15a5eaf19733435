import { expect } from "chai";
import { evaluate, findWorstSeverity } from "../../../../scripts/plan-review/evaluate.ts";
import { statefulTypes } from "../../../../scripts/plan-review/rules/data-loss.ts";
import { stores } from "../../../stacks/rules/stores.ts";
import { changed, created, destroyed, itFinds, itFindsNothing, type PlannedChange, toPlan } from "../plans.ts";

describe("a review finds data loss:", () => {
  itFinds({
    "a replaced store, and its cause": [
      { type: "aws_s3_bucket", effect: "replace", replacePaths: ["bucket"] },
      /^critical: is replaced \(for `bucket`\): its objects are lost$/,
    ],
    "a destroyed store": [
      destroyed("mongodbatlas_advanced_cluster"),
      /^critical: is destroyed: its databases and its snapshots are lost$/,
    ],
  });

  itFindsNothing({ "but not in changed tags": changed("aws_s3_bucket", { tags: {} }, { tags: { a: "b" } }) });

  it("for every store that the stacks protect from being destroyed", () => {
    // Of the last two, only the release log and the stack with the origin secret.
    const protectedTypes = [...stores, "aws_cloudwatch_log_group", "aws_cloudformation_stack"];
    expect(statefulTypes).to.include.members(protectedTypes);
  });
});

const weakened = (before: object, after: object, more?: Partial<PlannedChange>) =>
  changed("aws_x", before, after, more);
const expiring = (days: number) => ({ rule: [{ expiration: [{ days }] }] });
const locked = (days: number) => ({ rule: [{ default_retention: [{ days }] }] });

/** The reverse changes are not critical. */
const attributes: Readonly<Record<string, readonly [PlannedChange, RegExp]>> = {
  "encryption at rest": [
    weakened({ at_rest_encryption_enabled: true }, { at_rest_encryption_enabled: false }),
    /^critical: `at_rest_encryption_enabled` is switched off$/,
  ],
  "encryption at rest, as text": [
    weakened({ at_rest_encryption_enabled: "true" }, { at_rest_encryption_enabled: "false" }),
    /^critical: `at_rest_encryption_enabled` is switched off$/,
  ],
  "a nested key": [
    weakened({ sse: [{ kms_master_key_id: "arn" }] }, { sse: [{ kms_master_key_id: null }] }),
    /^critical: `sse\.0\.kms_master_key_id` is removed/,
  ],
  "AWS's own key": [
    weakened({ kms_master_key_id: "arn" }, { kms_master_key_id: "" }),
    /^critical: `kms_master_key_id` is removed/,
  ],
  "another key": [weakened({ kms_key_id: "a" }, { kms_key_id: "b" }), /^warning: `kms_key_id` changes/],
  "another key of an alias": [
    changed("aws_kms_alias", { target_key_id: "a" }, { target_key_id: "b" }),
    /^warning: `target_key_id` changes/,
  ],
  "an older TLS": [
    weakened({ minimum_protocol_version: "TLSv1.3_2025" }, { minimum_protocol_version: "TLSv1.2_2021" }),
    /^critical: `minimum_protocol_version` becomes `TLSv1\.2_2021`, before: `TLSv1\.3_2025`$/,
  ],
  "plain HTTP": [
    weakened({ viewer_protocol_policy: "https-only" }, { viewer_protocol_policy: "allow-all" }),
    /^critical: `viewer_protocol_policy` becomes `allow-all`$/,
  ],
  "a method without authorization": [
    changed("aws_api_gateway_method", { authorization: "AWS_IAM" }, { authorization: "NONE" }),
    /^critical: `authorization` becomes `NONE`$/,
  ],
  "deletion protection": [
    weakened({ deletion_protection: true }, { deletion_protection: false }),
    /^critical: `deletion_protection` is switched off$/,
  ],
  "deletion protection, as a sensitive value": [
    weakened(
      { deletion_protection: true },
      { deletion_protection: false },
      { sensitive: { deletion_protection: true } },
    ),
    /^critical: `deletion_protection` is switched off$/,
  ],
  "forced deletion": [
    weakened({ force_destroy: false }, { force_destroy: true }),
    /^critical: `force_destroy` is switched on$/,
  ],
  "shorter retention": [
    weakened({ retention_in_days: 365 }, { retention_in_days: 30 }),
    /^warning: `retention_in_days` falls from 365 to 30/,
  ],
  "no snapshots": [
    weakened({ snapshot_retention_limit: 7 }, { snapshot_retention_limit: 0 }),
    /^critical: `snapshot_retention_limit` falls from 7 to 0: nothing is kept$/,
  ],
  "suspended versioning": [
    weakened({ versioning: [{ status: "Enabled" }] }, { versioning: [{ status: "Suspended" }] }),
    /^critical: `versioning\.0\.status` becomes `Suspended`$/,
  ],
  "a disabled schedule": [
    changed("aws_scheduler_schedule", { state: "ENABLED" }, { state: "DISABLED" }),
    /^critical: `state` becomes `DISABLED`$/,
  ],
  "another masking": [
    changed("aws_cloudwatch_log_data_protection_policy", { policy_document: "a" }, { policy_document: "b" }),
    /^warning: `policy_document` changes: which texts are masked/,
  ],
  "a release that shifts all traffic at once": [
    changed(
      "aws_codedeploy_deployment_group",
      { deployment_config_name: "CodeDeployDefault.LambdaCanary10Percent5Minutes" },
      { deployment_config_name: "CodeDeployDefault.LambdaAllAtOnce" },
    ),
    /^critical: `deployment_config_name` becomes/,
  ],
};

const alarm = { alarm_actions: ["a", "b"], threshold: 5, actions_enabled: true };
const alarmWith = (change: object) => changed("aws_cloudwatch_metric_alarm", alarm, { ...alarm, ...change });

describe("a review finds weaker protection:", () => {
  itFinds({
    ...attributes,
    "a key that is known only after the apply": [
      weakened({ kms_key_id: "arn" }, {}, { unknown: { kms_key_id: true } }),
      /^warning: `kms_key_id` is known only after the apply/,
    ],
    "a shorter expiration": [
      changed("aws_s3_bucket_lifecycle_configuration", expiring(30), expiring(1)),
      /^warning: `rule\.0\.expiration\.0\.days` is 1, before: 30: older data are deleted$/,
    ],
    "a new expiration": [
      created("aws_s3_bucket_lifecycle_configuration", expiring(1)),
      /^warning: `rule\.0\.expiration\.0\.days` is 1: older data are deleted$/,
    ],
    "a shorter lock": [
      changed("aws_s3_bucket_object_lock_configuration", locked(30), locked(1)),
      /^warning: `rule\.0\.default_retention\.0\.days` is 1, before: 30: objects can be deleted sooner$/,
    ],
    "a removed masking": [
      destroyed("aws_cloudwatch_log_data_protection_policy"),
      /^critical: is removed: addresses and tokens in this log are not masked$/,
    ],
    "a removed schedule": [destroyed("aws_scheduler_schedule"), /^critical: is removed: what it starts/],
    "a removed recipient": [destroyed("aws_sns_topic_subscription"), /^warning: is removed: its recipient/],
    "an alarm that notifies no one": [alarmWith({ alarm_actions: [] }), /^critical: notifies no one$/],
    "an alarm that notifies fewer": [alarmWith({ alarm_actions: ["a"] }), /^warning: notifies fewer recipients/],
    "an alarm that fires later": [
      alarmWith({ threshold: 5_000 }),
      /^warning: fires under another condition: `threshold` 5 to 5000$/,
    ],
  });

  it("but nothing critical in the reverse", () => {
    for (const [{ before, after, ...change }] of Object.values(attributes)) {
      const reversed = { ...change, before: after!, after: before! };
      expect(findWorstSeverity(evaluate([toPlan(reversed)]))).to.not.equal("critical");
    }
  });
});
