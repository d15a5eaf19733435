import type { Stacks } from "../support/synthesize.ts";
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
import { changeFirst, first, removeAll, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

/** The policy of the role that copies. */
const copier = (stacks: Stacks) =>
  resources(stacks, "aws_iam_role_policy").find(({ attributes }) =>
    attributes.policy.includes("s3:ReplicateObject"),
  )!.attributes;

describe("backup buckets", () => {
  testRule(noPublicBuckets, {
    "a bucket that may be opened": changeFirst("aws_s3_bucket_public_access_block", {
      block_public_policy: false,
    }),
    "a bucket without the block": removeAll("staging-foundation", "aws_s3_bucket_public_access_block"),
  });

  testRule(bucketsRequireTls, {
    "a bucket that answers without TLS": changeStatement("s3:*", { Effect: "Allow" }),
    "a bucket that answers some without TLS": changeStatement("s3:*", { Principal: { AWS: "someone" } }),
  });

  testRule(lockedBackupBuckets, {
    "a shorter lock": changeFirst("aws_s3_bucket_object_lock_configuration", {
      "rule.default_retention.days": 1,
    }),
    "no lock": removeAll("staging-foundation", "aws_s3_bucket_object_lock_configuration"),
    "no versions": (stacks) => {
      const { resource } = stacks["ecobeat-staging-foundation"]!;
      Object.values(resource.aws_s3_bucket_versioning!)[0]!.versioning_configuration.status = "Suspended";
    },
    "backups that go earlier": changeFirst("aws_s3_bucket_lifecycle_configuration", {
      "rule.0.expiration.0.days": 7,
    }),
    "parts of uploads that stay for ever": (stacks) => {
      const [rule] = first(stacks, "aws_s3_bucket_lifecycle_configuration").rule;
      delete rule.abort_incomplete_multipart_upload;
    },
    "backups that stay for ever": changeFirst("aws_s3_bucket_lifecycle_configuration", {
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
    "a backup bucket that Terraform empties": (stacks) => {
      const { resource } = stacks["ecobeat-staging-foundation"]!;
      Object.values(resource.aws_s3_bucket!)[0]!.force_destroy = true;
    },
    "a role that may delete": changeStatement("ssm:GetParameters", { Action: ["s3:DeleteObject"] }),
    "deletions that reach the copy": changeStatement("s3:ReplicateObject", {
      Action: ["s3:ReplicateObject", "s3:ReplicateDelete"],
    }),
  });

  testRule(replicatedBackupBuckets, {
    "a backup bucket without a copy": removeAll(
      "production-foundation",
      "aws_s3_bucket_replication_configuration",
    ),
    "copies that fail in silence": (stacks) => {
      const [copy] = resources(stacks, "aws_s3_bucket_replication_configuration");
      delete copy!.attributes.rule[0].destination.metrics;
    },
    "copies whose failures nobody watches": (stacks) => {
      const alarms = stacks["ecobeat-production-foundation"]!.resource.aws_cloudwatch_metric_alarm!;
      delete alarms[Object.keys(alarms).find((id) => id.startsWith("backup-copy"))!];
    },
    "a copy in the same region": (stacks) => {
      for (const bucket of Object.values(stacks["ecobeat-production-foundation"]!.resource.aws_s3_bucket!)) {
        delete bucket.provider;
      }
    },
    "a copy of a part": changeFirst("aws_s3_bucket_replication_configuration", {
      "rule.0.filter.prefix": "weekly/",
    }),
    "a copy that follows deletions": changeFirst("aws_s3_bucket_replication_configuration", {
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
    "copies that cannot be encrypted": (stacks) => {
      copier(stacks).policy = copier(stacks).policy.replace("kms:GenerateDataKey", "kms:DescribeKey");
    },
    "copies that cannot be decrypted": (stacks) => {
      copier(stacks).policy = copier(stacks).policy.replace("kms:Decrypt", "kms:DescribeKey");
    },
    "copies that delete": (stacks) => {
      copier(stacks).policy = copier(stacks).policy.replace("s3:ReplicateTags", "s3:ReplicateDelete");
    },
    "a role that asks for what S3 does not say": (stacks) => {
      const [role] = resources(stacks, "aws_iam_role").filter(({ attributes }) =>
        attributes.assume_role_policy.includes("s3.amazonaws.com"),
      );
      role!.attributes.assume_role_policy = role!.attributes.assume_role_policy.replace(
        '"Effect"',
        '"Condition":{"StringEquals":{"aws:SourceAccount":"444455556666"}},"Effect"',
      );
    },
  });

  testRule(onlyEgressToBackupBuckets, {
    "a way to buckets of like names, which anyone may own": changeStatement("s3:PutObject", {
      Resource: ["arn:aws:s3:::ecobeat-staging-*"],
    }),
    "a way to all buckets": changeStatement("s3:PutObject", { Resource: ["*"] }),
  });
});
