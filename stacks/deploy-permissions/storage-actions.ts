import type { DeployedEnvironment } from "../../service/contract.ts";
import { parameterPath, parameters } from "../../service/contract.ts";
import {
  allResources,
  beingTagged,
  type DeployActions,
  type DeployActionTable,
  type Grant,
  type Scope,
  scope,
  taggedForEnvironment,
} from "./deploy-actions.ts";
import { passableRoles, serviceLinkedRoles } from "./role-actions.ts";

const buckets = scope("Buckets", ({ name, accountId }) => [`arn:aws:s3:::${name}-*-${accountId}`]);
const keys = scope("Keys", ({ accountId }) => [`arn:aws:kms:*:${accountId}:key/*`]);
const aliases = scope("Aliases", ({ name, accountId }) => [`arn:aws:kms:*:${accountId}:alias/${name}-*`]);
const caches = scope("Cache", ({ name, accountId }) =>
  ["cluster", "parametergroup", "replicationgroup", "subnetgroup", "user", "usergroup"].map(
    (kind) => `arn:aws:elasticache:*:${accountId}:${kind}:${name}*`,
  ),
);

/** The parameters that Terraform holds: all but the secrets, which `npm run ops -- secrets create` writes. */
const terraformParameters = scope("Parameters", ({ environment, accountId }) =>
  Object.values(parameters)
    .filter((parameter) => parameter !== parameters.refreshTokenPepper)
    .map(
      (parameter) =>
        `arn:aws:ssm:*:${accountId}:parameter${parameterPath(environment as DeployedEnvironment, parameter)}`,
    ),
);

/** Keys that nobody has tagged yet: a key of another environment cannot be made one of this. */
const untaggedKeys: Scope = {
  ...beingTagged(keys),
  conditions: (place) => ({
    ...beingTagged(keys).conditions!(place),
    Null: { "aws:ResourceTag/environment": "true" },
  }),
};

/** Keys, as ElastiCache uses them in the name of whoever makes a cache. */
const grantsForElastiCache: Scope = {
  ...taggedForEnvironment(keys),
  sid: "KeysForCache",
  conditions: ({ environment }) => ({
    StringEquals: { "aws:ResourceTag/environment": environment },
    StringLike: { "kms:ViaService": "elasticache.*.amazonaws.com" },
  }),
};

/** A setting of a bucket, which is no resource of its own to AWS. */
const bucketSetting = (read: string, write: string, ...more: readonly Grant[]): DeployActions => ({
  read: [[buckets, read]],
  write: [[buckets, write], ...more],
});

const cacheTags = [[caches, "elasticache:AddTagsToResource", "elasticache:RemoveTagsFromResource"]] as const;

/** What keeps data, and the keys it is encrypted with. None of it can be deleted by who deploys. */
export const storageActions: DeployActionTable = {
  aws_elasticache_parameter_group: {
    read: [
      [
        caches,
        "elasticache:DescribeCacheParameterGroups",
        "elasticache:DescribeCacheParameters",
        "elasticache:ListTagsForResource",
      ],
    ],
    write: [
      ...cacheTags,
      [
        caches,
        "elasticache:CreateCacheParameterGroup",
        "elasticache:DeleteCacheParameterGroup",
        "elasticache:ModifyCacheParameterGroup",
        "elasticache:ResetCacheParameterGroup",
      ],
    ],
  },
  aws_elasticache_replication_group: {
    read: [
      [
        caches,
        "elasticache:DescribeCacheClusters",
        "elasticache:DescribeReplicationGroups",
        "elasticache:ListTagsForResource",
      ],
    ],
    write: [
      ...cacheTags,
      [
        caches,
        "elasticache:CreateReplicationGroup",
        "elasticache:DecreaseReplicaCount",
        "elasticache:IncreaseReplicaCount",
        "elasticache:ModifyReplicationGroup",
      ],
      [serviceLinkedRoles, "iam:CreateServiceLinkedRole"],
      [grantsForElastiCache, "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
    ],
  },
  aws_elasticache_subnet_group: {
    read: [[caches, "elasticache:DescribeCacheSubnetGroups", "elasticache:ListTagsForResource"]],
    write: [
      ...cacheTags,
      [
        caches,
        "elasticache:CreateCacheSubnetGroup",
        "elasticache:DeleteCacheSubnetGroup",
        "elasticache:ModifyCacheSubnetGroup",
      ],
    ],
  },
  aws_elasticache_user: {
    read: [[caches, "elasticache:DescribeUsers", "elasticache:ListTagsForResource"]],
    write: [
      ...cacheTags,
      [caches, "elasticache:CreateUser", "elasticache:DeleteUser", "elasticache:ModifyUser"],
    ],
  },
  aws_elasticache_user_group: {
    read: [[caches, "elasticache:DescribeUserGroups", "elasticache:ListTagsForResource"]],
    write: [
      ...cacheTags,
      [caches, "elasticache:CreateUserGroup", "elasticache:DeleteUserGroup", "elasticache:ModifyUserGroup"],
    ],
  },
  aws_kms_alias: {
    read: [[allResources, "kms:ListAliases"]],
    write: [
      [aliases, "kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      [taggedForEnvironment(keys), "kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
    ],
  },
  aws_kms_key: {
    read: [
      // Not by the tag: what a key was tagged with may take minutes to count, and a new key is read at once.
      // https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
      [keys, "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
    ],
    write: [
      [beingTagged(allResources), "kms:CreateKey"],
      [untaggedKeys, "kms:TagResource"],
      [
        taggedForEnvironment(keys),
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateKeyDescription",
      ],
    ],
  },
  aws_s3_bucket: {
    read: [
      [
        buckets,
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketPolicy",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket",
        "s3:ListTagsForResource",
      ],
    ],
    write: [[buckets, "s3:CreateBucket", "s3:PutBucketTagging", "s3:TagResource", "s3:UntagResource"]],
  },
  aws_s3_bucket_lifecycle_configuration: bucketSetting(
    "s3:GetLifecycleConfiguration",
    "s3:PutLifecycleConfiguration",
  ),
  aws_s3_bucket_object_lock_configuration: bucketSetting(
    "s3:GetBucketObjectLockConfiguration",
    "s3:PutBucketObjectLockConfiguration",
  ),
  aws_s3_bucket_ownership_controls: bucketSetting(
    "s3:GetBucketOwnershipControls",
    "s3:PutBucketOwnershipControls",
  ),
  aws_s3_bucket_policy: bucketSetting("s3:GetBucketPolicy", "s3:PutBucketPolicy"),
  aws_s3_bucket_public_access_block: bucketSetting(
    "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketPublicAccessBlock",
  ),
  aws_s3_bucket_replication_configuration: bucketSetting(
    "s3:GetReplicationConfiguration",
    "s3:PutReplicationConfiguration",
    [passableRoles, "iam:PassRole"],
  ),
  aws_s3_bucket_server_side_encryption_configuration: bucketSetting(
    "s3:GetEncryptionConfiguration",
    "s3:PutEncryptionConfiguration",
  ),
  aws_s3_bucket_versioning: bucketSetting("s3:GetBucketVersioning", "s3:PutBucketVersioning"),
  aws_ssm_parameter: {
    read: [
      [allResources, "ssm:DescribeParameters"],
      [terraformParameters, "ssm:GetParameter", "ssm:ListTagsForResource"],
    ],
    write: [[terraformParameters, "ssm:AddTagsToResource", "ssm:PutParameter", "ssm:RemoveTagsFromResource"]],
  },
};
