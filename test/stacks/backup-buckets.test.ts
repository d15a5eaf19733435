import {
  bucketsRequireTls,
  lockedBackupBuckets,
  noPublicBuckets,
  onlyEgressToBackupBuckets,
  replicatedBackupBuckets,
  replicationPermissions,
  undeletableBackups,
} from "./rules/backup-buckets.ts";
import { changeStatement } from "./rules/policies.ts";
import { type Change, changeAll, changeFirst, changeWhere, removeAll, replaceIn } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

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
    "a bucket that may become public": changeFirst("aws_s3_bucket_public_access_block", {
      block_public_policy: false,
    }),
    "a bucket without the block": removeAll("staging-foundation", "aws_s3_bucket_public_access_block"),
  });

  testRule(bucketsRequireTls, {
    "a bucket that allows requests without TLS": changeStatement("s3:*", { Effect: "Allow" }),
    "a bucket that allows some requests without TLS": changeStatement("s3:*", {
      Principal: { AWS: "someone" },
    }),
  });

  testRule(lockedBackupBuckets, {
    "a shorter lock": changeFirst("aws_s3_bucket_object_lock_configuration", {
      "rule.default_retention.days": 1,
    }),
    "no lock": removeAll("staging-foundation", "aws_s3_bucket_object_lock_configuration"),
    "no versions": changeAll("aws_s3_bucket_versioning", {
      "versioning_configuration.status": "Suspended",
    }),
    "backups that expire earlier": lifecycle({
      "rule.0.expiration.0.days": 7,
    }),
    "incomplete uploads that stay": lifecycle({ "rule.0.abort_incomplete_multipart_upload": undefined }),
    "backups that never expire": lifecycle({
      "rule.0.status": "Disabled",
    }),
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
    "a backup bucket without a copy": removeAll(
      "production-foundation",
      "aws_s3_bucket_replication_configuration",
    ),
    "failed copies without metrics": replication({ "rule.0.destination.metrics": undefined }),
    "failed copies without an alarm": changeWhere(
      "aws_cloudwatch_metric_alarm",
      ({ id }) => id.startsWith("backup-copy"),
      { metric_name: "another" },
    ),
    "a copy in the same region": changeAll("aws_s3_bucket", { provider: undefined }),
    "a copy of only some objects": replication({
      "rule.0.filter.prefix": "weekly/",
    }),
    "replicated deletions": replication({
      "rule.0.delete_marker_replication.status": "Enabled",
    }),
  });

  testRule(replicationPermissions, {
    ...Object.fromEntries(
      [
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectRetention",
        "s3:GetObjectLegalHold",
        "s3:ReplicateObject",
      ].map((action) => [`copies without ${action}`, changeStatement(action, { Action: ["s3:GetObject"] })]),
    ),
    "copies that cannot be encrypted": inReplicationPolicy("kms:GenerateDataKey", "kms:DescribeKey"),
    "copies that cannot be decrypted": inReplicationPolicy("kms:Decrypt", "kms:DescribeKey"),
    "copies that delete": inReplicationPolicy("s3:ReplicateTags", "s3:ReplicateDelete"),
    "a trust with a condition that S3 may not meet": changeWhere(
      "aws_iam_role",
      ({ attributes }) => attributes.assume_role_policy.includes("s3.amazonaws.com"),
      replaceIn(
        "assume_role_policy",
        '"Effect"',
        '"Condition":{"StringEquals":{"aws:SourceAccount":"1"}},"Effect"',
      ),
    ),
  });

  testRule(onlyEgressToBackupBuckets, {
    "access to buckets of similar names, which anyone may own": changeStatement("s3:PutObject", {
      Resource: ["arn:aws:s3:::ecobeat-staging-*"],
    }),
    "access to all buckets": changeStatement("s3:PutObject", { Resource: ["*"] }),
  });
});
