import type { Attributes } from "../../support/synthesize.ts";
import { getRoleStatements, statements } from "./policies.ts";
import { failing, getEnvironment, type Resource, referenced } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

/** The configurations of one type that belong to a bucket. */
const settings = ({ stack, id }: Resource, type: string): Attributes[] =>
  Object.values(stack.resource[type] ?? {}).filter(({ bucket }) => bucket === `\${aws_s3_bucket.${id}.id}`);

const isBackupBucket = ({ attributes }: Resource): boolean => attributes.bucket.includes("-backups-");

export const noPublicBuckets = resourceRule(
  "no bucket can be opened to the public",
  "aws_s3_bucket",
  (bucket) =>
    settings(bucket, "aws_s3_bucket_public_access_block").some((block) =>
      ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"].every(
        (attribute) => block[attribute] === true,
      ),
    ),
);

/** Whether a bucket's policy denies actions to everyone, for the bucket and its objects, under exactly this condition. */
function denies(bucket: Resource, actions: readonly string[], condition?: object): boolean {
  const arn = `\${aws_s3_bucket.${bucket.id}.arn}`;
  return settings(bucket, "aws_s3_bucket_policy")
    .flatMap(({ policy }) => JSON.parse(policy).Statement)
    .some(
      ({ Effect, Principal, Action, Resource: targets, Condition }) =>
        Effect === "Deny" &&
        Principal?.AWS === "*" &&
        actions.every((action) => Action?.includes(action)) &&
        [arn, `${arn}/*`].every((target) => targets?.includes(target)) &&
        JSON.stringify(Condition) === JSON.stringify(condition),
    );
}

export const bucketsRequireTls = resourceRule(
  "every bucket denies requests without TLS",
  "aws_s3_bucket",
  (bucket) => denies(bucket, ["s3:*"], { Bool: { "aws:SecureTransport": "false" } }),
);

export const lockedBackupBuckets = resourceRule(
  "every backup bucket keeps each version locked for the configured retention, and then deletes it",
  "aws_s3_bucket",
  (bucket) => {
    const { retentionDays } = getEnvironment(bucket.stack).backup;
    const [versioning] = settings(bucket, "aws_s3_bucket_versioning");
    const [lock] = settings(bucket, "aws_s3_bucket_object_lock_configuration");
    const rules = settings(bucket, "aws_s3_bucket_lifecycle_configuration").flatMap(({ rule }) => rule);
    const days = rules.flatMap(({ expiration }) => expiration?.[0]?.days ?? []);
    return (
      !isBackupBucket(bucket) ||
      (bucket.attributes.object_lock_enabled === true &&
        versioning?.versioning_configuration.status === "Enabled" &&
        lock?.rule.default_retention.mode === "GOVERNANCE" &&
        lock.rule.default_retention.days === retentionDays &&
        days.length === 1 &&
        days[0] === retentionDays &&
        rules.some((rule) => rule.noncurrent_version_expiration) &&
        rules.some((rule) => rule.abort_incomplete_multipart_upload?.[0]?.days_after_initiation === 1) &&
        rules.every((rule) => rule.status === "Enabled"))
    );
  },
);

const emptyingActions = [
  "s3:DeleteBucket",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:BypassGovernanceRetention",
];

export const undeletableBackups: Rule = {
  name: "no one can empty a backup bucket: its policy denies it to everyone, and no other policy allows it",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_s3_bucket"],
      "can be emptied",
      (bucket) =>
        !isBackupBucket(bucket) ||
        (denies(bucket, emptyingActions) && bucket.attributes.force_destroy !== true),
    ),
    ...statements(stacks)
      .filter(({ statement: { Effect, Action } }) => Effect === "Allow" && Action?.some(empties))
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
  ],
};

const empties = (action: string): boolean =>
  /^s3:(Delete|Replicate)(Bucket$|Object|Delete)|^s3:Bypass/.test(action) && action !== "s3:ReplicateObject";

/** Whether an alarm fires on objects that S3 failed to replicate. */
const isWatched = ({ stack }: Resource, ruleId: string): boolean =>
  Object.values(stack.resource.aws_cloudwatch_metric_alarm ?? {}).some(
    ({ metric_name, dimensions, threshold }) =>
      metric_name === "OperationsFailedReplication" && dimensions.RuleId === ruleId && threshold === 0,
  );

export const replicatedBackupBuckets = resourceRule(
  "the backup bucket is replicated to the configuration's second region, if any, into another backup bucket; failures have an alarm",
  "aws_s3_bucket",
  (bucket, stacks) => {
    const { copyRegion } = getEnvironment(bucket.stack).backup;
    const isOriginal = isBackupBucket(bucket) && bucket.attributes.provider === undefined;
    return (
      !isOriginal ||
      copyRegion === undefined ||
      settings(bucket, "aws_s3_bucket_replication_configuration").some(({ rule: [rule] }) => {
        const copy = referenced(stacks, bucket.stack, rule.destination.bucket);
        return (
          rule.status === "Enabled" &&
          rule.filter.prefix === undefined &&
          rule.delete_marker_replication.status === "Disabled" &&
          rule.source_selection_criteria.sse_kms_encrypted_objects.status === "Enabled" &&
          rule.destination.metrics?.status === "Enabled" &&
          isWatched(bucket, rule.id) &&
          copy !== undefined &&
          isBackupBucket(copy) &&
          copy.attributes.provider === `aws.${copyRegion}`
        );
      })
    );
  },
);

/** The permissions of S3 replication, by resource: all that AWS requires, and no deletion. */
const replicationActions = {
  source: [
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionTagging",
    "s3:GetObjectRetention",
    "s3:GetObjectLegalHold",
  ],
  copy: ["s3:ReplicateObject", "s3:ReplicateTags"],
  sourceKey: ["kms:Decrypt"],
  copyKey: ["kms:Encrypt", "kms:GenerateDataKey"],
};

export const replicationPermissions = resourceRule(
  "S3 may copy versions with their locks, decrypt and encrypt them, and nothing else; the trust has no condition that S3 may not meet",
  "aws_s3_bucket_replication_configuration",
  (replication, stacks) => {
    const { stack, attributes } = replication;
    const role = referenced(stacks, stack, attributes.role);
    const [{ destination }] = attributes.rule;
    const getKey = (bucket: string) =>
      settings(referenced(stacks, stack, bucket)!, "aws_s3_bucket_server_side_encryption_configuration")[0]!
        .rule[0].apply_server_side_encryption_by_default.kms_master_key_id;
    const arns: Record<keyof typeof replicationActions, string> = {
      source: attributes.bucket.replace(/\.id\}$/, ".arn}"),
      copy: destination.bucket,
      sourceKey: getKey(attributes.bucket),
      copyKey: destination.encryption_configuration.replica_kms_key_id,
    };
    const granted = getRoleStatements(stacks, role).flatMap(({ Action = [], Resource: targets = [] }) =>
      Action.map((action) => `${action} ${targets.join().replace(/\/\*$/, "")}`),
    );
    const needed = Object.entries(replicationActions).flatMap(([target, actions]) =>
      actions.map((action) => `${action} ${arns[target as keyof typeof replicationActions]}`),
    );
    const [trust] = JSON.parse(role?.attributes.assume_role_policy).Statement;
    return (
      trust.Principal.Service === "s3.amazonaws.com" &&
      trust.Condition === undefined &&
      granted.sort().join() === needed.sort().join() &&
      getKey(destination.bucket) === arns.copyKey
    );
  },
);

export const onlyEgressToBackupBuckets: Rule = {
  name: "the S3 endpoint of a VPC only allows access to the backup bucket",
  check: (stacks) =>
    statements(stacks)
      .filter(({ resource }) => resource.attributes.service_name?.endsWith(".s3"))
      .filter(
        ({ resource, statement: { Resource: targets = [] } }) =>
          targets.length === 0 ||
          !targets.every((target) => {
            const bucket = referenced(stacks, resource.stack, target);
            return bucket !== undefined && isBackupBucket(bucket);
          }),
      )
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
};
