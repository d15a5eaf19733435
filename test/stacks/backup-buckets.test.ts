import { changeAlarm } from "./rules/alarms.ts";
import { changeStatement, getRoleStatements, statements } from "./rules/policies.ts";
import {
  type Change,
  changeAll,
  changeFirst,
  changeWhere,
  failing,
  getStackEnvironment,
  type Resource,
  referenced,
  referring,
  removeAll,
  replaceIn,
} from "./rules/resources.ts";
import { type Rule, resourceRule, testRule } from "./rules/rule.ts";

/** The configurations of one type that belong to a bucket. */
const settings = (bucket: Resource, type: string) => referring(bucket, type, "bucket");

const isBackupBucket = ({ attributes }: Resource): boolean => attributes.bucket.includes("-backups-");

const noPublicBuckets = resourceRule("no bucket can be opened to the public", "aws_s3_bucket", (bucket) =>
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

const bucketsRequireTls = resourceRule("every bucket denies requests without TLS", "aws_s3_bucket", (bucket) =>
  denies(bucket, ["s3:*"], { Bool: { "aws:SecureTransport": "false" } }),
);

const lockedBackupBuckets = resourceRule(
  "every backup bucket keeps each version locked for the configured retention, and then deletes it",
  "aws_s3_bucket",
  (bucket) => {
    const { retentionDays } = getStackEnvironment(bucket.stack).backup;
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

const undeletableBackups: Rule = {
  name: "no one can empty a backup bucket: its policy denies it to everyone, and no other policy allows it",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_s3_bucket"],
      "can be emptied",
      (bucket) =>
        !isBackupBucket(bucket) || (denies(bucket, emptyingActions) && bucket.attributes.force_destroy !== true),
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

const replicatedBackupBuckets = resourceRule(
  "the backup bucket is replicated to the configuration's second region, if any, into another backup bucket; failures have an alarm",
  "aws_s3_bucket",
  (bucket, stacks) => {
    const { copyRegion } = getStackEnvironment(bucket.stack).backup;
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

const replicationPermissions = resourceRule(
  "S3 may copy versions with their locks, decrypt and encrypt them, and nothing else; the trust has no condition that S3 may not meet",
  "aws_s3_bucket_replication_configuration",
  (replication, stacks) => {
    const { stack, attributes } = replication;
    const role = referenced(stacks, stack, attributes.role);
    const [{ destination }] = attributes.rule;
    const getKey = (bucket: string) =>
      settings(referenced(stacks, stack, bucket)!, "aws_s3_bucket_server_side_encryption_configuration")[0]!.rule[0]
        .apply_server_side_encryption_by_default.kms_master_key_id;
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

const onlyEgressToBackupBuckets: Rule = {
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

const lifecycle = (change: Change) => changeFirst("aws_s3_bucket_lifecycle_configuration", change);
const replication = (change: Change) => changeFirst("aws_s3_bucket_replication_configuration", change);

/** Changes the policy of the role that replicates. */
const inReplicationPolicy = (from: string, to: string) =>
  changeWhere(
    "aws_iam_role_policy",
    ({ attributes }) => attributes.policy.includes("s3:ReplicateObject"),
    replaceIn("policy", from, to),
  );

describe("backup buckets", () => {
  testRule(noPublicBuckets, {
    "a bucket that may become public": changeFirst("aws_s3_bucket_public_access_block", { block_public_policy: false }),
    "a bucket without the block": removeAll("staging-foundation", "aws_s3_bucket_public_access_block"),
  });

  testRule(bucketsRequireTls, {
    "a bucket that allows requests without TLS": changeStatement("s3:*", { Effect: "Allow" }),
    "a bucket that allows some requests without TLS": changeStatement("s3:*", { Principal: { AWS: "someone" } }),
  });

  testRule(lockedBackupBuckets, {
    "a shorter lock": changeFirst("aws_s3_bucket_object_lock_configuration", { "rule.default_retention.days": 1 }),
    "no lock": removeAll("staging-foundation", "aws_s3_bucket_object_lock_configuration"),
    "no versions": changeAll("aws_s3_bucket_versioning", { "versioning_configuration.status": "Suspended" }),
    "backups that expire earlier": lifecycle({ "rule.0.expiration.0.days": 7 }),
    "incomplete uploads that stay": lifecycle({ "rule.0.abort_incomplete_multipart_upload": undefined }),
    "backups that never expire": lifecycle({ "rule.0.status": "Disabled" }),
  });

  testRule(undeletableBackups, {
    "a backup bucket from which versions may be deleted": changeStatement("s3:DeleteObjectVersion", {
      Action: ["s3:DeleteBucket", "s3:DeleteObject", "s3:BypassGovernanceRetention"],
    }),
    "a backup bucket from which someone may delete": changeStatement("s3:DeleteObject", {
      Condition: { ArnNotEquals: { "aws:PrincipalArn": "someone" } },
    }),
    "a backup bucket that Terraform empties": changeAll("aws_s3_bucket", { force_destroy: true }),
    "a role that may delete": changeStatement("ssm:GetParameters", { Action: ["s3:DeleteObject"] }),
    "permission to replicate deletions": changeStatement("s3:ReplicateObject", {
      Action: ["s3:ReplicateObject", "s3:ReplicateDelete"],
    }),
  });

  testRule(replicatedBackupBuckets, {
    "a backup bucket without a copy": removeAll("production-foundation", "aws_s3_bucket_replication_configuration"),
    "failed copies without metrics": replication({ "rule.0.destination.metrics": undefined }),
    "failed copies without an alarm": changeAlarm("backups-copy-failed", { metric_name: "another" }),
    "a copy in the same region": changeAll("aws_s3_bucket", { provider: undefined }),
    "a copy of only some objects": replication({ "rule.0.filter.prefix": "weekly/" }),
    "replicated deletions": replication({ "rule.0.delete_marker_replication.status": "Enabled" }),
  });

  testRule(replicationPermissions, {
    ...Object.fromEntries(
      ["s3:GetObjectVersionForReplication", "s3:GetObjectRetention", "s3:GetObjectLegalHold", "s3:ReplicateObject"].map(
        (action) => [`copies without ${action}`, changeStatement(action, { Action: ["s3:GetObject"] })],
      ),
    ),
    "copies that cannot be encrypted": inReplicationPolicy("kms:GenerateDataKey", "kms:DescribeKey"),
    "copies that cannot be decrypted": inReplicationPolicy("kms:Decrypt", "kms:DescribeKey"),
    "copies that delete": inReplicationPolicy("s3:ReplicateTags", "s3:ReplicateDelete"),
    "a trust with a condition that S3 may not meet": changeWhere(
      "aws_iam_role",
      ({ attributes }) => attributes.assume_role_policy.includes("s3.amazonaws.com"),
      replaceIn("assume_role_policy", '"Effect"', '"Condition":{"StringEquals":{"aws:SourceAccount":"1"}},"Effect"'),
    ),
  });

  testRule(onlyEgressToBackupBuckets, {
    "access to buckets of similar names, which anyone may own": changeStatement("s3:PutObject", {
      Resource: ["arn:aws:s3:::ecobeat-staging-*"],
    }),
    "access to all buckets": changeStatement("s3:PutObject", { Resource: ["*"] }),
  });
});
