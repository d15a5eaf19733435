import { parameterPath, parameters } from "../../service/contract.ts";
import { toBucketName, toParameterThroughputArn } from "../names.ts";
import {
  allResources,
  beingTagged,
  type DeployActions,
  type DeployActionTable,
  type Grant,
  logDelivery,
  namedScope,
  networkReads,
  notOfOtherEnvironment,
  readWrite,
  type Scope,
  scope,
  taggedForEnvironment,
  tagging,
} from "./deploy-actions.ts";
import { passableRoles, serviceLinkedRoles } from "./role-actions.ts";

const buckets = scope("Buckets", "s3", (target) => [`arn:aws:s3:::${toBucketName(`${target.namePrefix}-*`, target)}`]);
const keys = scope("Keys", "kms", ({ accountId }) => [`arn:aws:kms:*:${accountId}:key/*`]);
const aliases = namedScope("Aliases", "kms", (prefix) => [`alias/${prefix}-*`]);
const caches = namedScope("Cache", "elasticache", (prefix) =>
  ["cluster", "parametergroup", "replicationgroup", "subnetgroup", "user", "usergroup"].map(
    (kind) => `${kind}:${prefix}*`,
  ),
);

/** The parameters that Terraform manages: all except the secret, which `npm run ops -- secrets create` writes. */
const terraformParameters = scope(
  "Parameters",
  "ssm",
  ({ environment, accountId, parameterEnvironments = [environment] }) =>
    parameterEnvironments.flatMap((name) =>
      Object.values(parameters)
        .filter((parameter) => parameter !== parameters.refreshTokenPepper)
        .map((parameter) => `arn:aws:ssm:*:${accountId}:parameter${parameterPath(name, parameter)}`),
    ),
);

const parameterThroughput = scope("ParameterThroughput", "ssm", (target) => [toParameterThroughputArn(target)]);

/** Keys without tags: a key of another environment cannot be tagged as one of this environment. */
const untaggedKeys: Scope = {
  ...beingTagged(keys),
  conditions: (target) => ({
    ...beingTagged(keys).conditions!(target),
    Null: { "aws:ResourceTag/environment": "true" },
  }),
};

/** Keys that ElastiCache uses with the permissions of its caller. The run that creates the cache may create its key. */
const grantsForElastiCache: Scope = {
  ...keys,
  sid: "KeysForElastiCache",
  conditions: (target) => ({
    ...notOfOtherEnvironment(keys).conditions!(target),
    StringLike: { "kms:ViaService": "elasticache.*.amazonaws.com" },
  }),
};

/** A setting of a bucket, by its name in actions. To AWS it is not a resource of its own. */
const bucketSetting = (name: string, ...more: readonly Grant[]): DeployActions => ({
  read: [[buckets, `Get${name}`]],
  write: [[buckets, `Put${name}`], ...more],
});

const cacheTags = [caches, "AddTagsToResource", "RemoveTagsFromResource"] as const;

/** A kind of ElastiCache resource that holds no data, and the further actions that it needs. */
const cacheSetting = (kind: string, read: readonly string[] = [], write: readonly string[] = []) => ({
  read: [[caches, `elasticache:Describe${kind}s`, "elasticache:ListTagsForResource", ...read]] as const,
  write: [
    cacheTags,
    [caches, `elasticache:Create${kind}`, `elasticache:Delete${kind}`, `elasticache:Modify${kind}`, ...write],
  ] as const,
});

const subnetGroups = cacheSetting("CacheSubnetGroup");

/** Stores of data, and their encryption keys. No deploy role deletes them. */
export const storageActions: DeployActionTable = {
  aws_elasticache_parameter_group: cacheSetting(
    "CacheParameterGroup",
    ["elasticache:DescribeCacheParameters"],
    ["elasticache:ResetCacheParameterGroup"],
  ),
  aws_elasticache_replication_group: readWrite(
    [caches, "DescribeCacheClusters", "DescribeReplicationGroups", "ListTagsForResource"],
    cacheTags,
    [caches, "CreateReplicationGroup", "DecreaseReplicaCount", "IncreaseReplicaCount", "ModifyReplicationGroup"],
    [serviceLinkedRoles, "CreateServiceLinkedRole"],
    networkReads,
    logDelivery,
    [grantsForElastiCache, "CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKey"],
  ),
  aws_elasticache_subnet_group: { ...subnetGroups, write: [...subnetGroups.write, networkReads] },
  aws_elasticache_user: cacheSetting("User"),
  aws_elasticache_user_group: cacheSetting("UserGroup"),
  aws_kms_alias: readWrite(
    [allResources, "kms:ListAliases"],
    [aliases, "CreateAlias", "DeleteAlias", "UpdateAlias"],
    [notOfOtherEnvironment(keys), "CreateAlias", "DeleteAlias", "UpdateAlias"],
  ),
  aws_kms_key: {
    read: [
      // Without a condition on the tag: it may take minutes to take effect, and a new key is read immediately.
      // https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
      [keys, "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"],
    ],
    write: [
      [beingTagged(allResources), "kms:CreateKey"],
      [untaggedKeys, "TagResource"],
      [notOfOtherEnvironment(keys), "EnableKeyRotation", "PutKeyPolicy", "UpdateKeyDescription"],
      tagging(taggedForEnvironment(keys)),
    ],
  },
  aws_s3_bucket: {
    read: [
      [
        buckets,
        "GetAccelerateConfiguration",
        "GetBucketAcl",
        "GetBucketCORS",
        "GetBucketLogging",
        "GetBucketObjectLockConfiguration",
        "GetBucketPolicy",
        "GetBucketRequestPayment",
        "GetBucketTagging",
        "GetBucketVersioning",
        "GetBucketWebsite",
        "GetEncryptionConfiguration",
        "GetLifecycleConfiguration",
        "GetReplicationConfiguration",
        "ListBucket",
        "ListTagsForResource",
      ],
    ],
    write: [
      [buckets, "CreateBucket", "PutBucketTagging"],
      tagging(buckets),
      // To create a bucket with Object Lock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
      [buckets, "PutBucketObjectLockConfiguration", "PutBucketVersioning"],
    ],
  },
  aws_s3_bucket_lifecycle_configuration: bucketSetting("LifecycleConfiguration"),
  aws_s3_bucket_object_lock_configuration: bucketSetting("BucketObjectLockConfiguration"),
  aws_s3_bucket_ownership_controls: bucketSetting("BucketOwnershipControls"),
  aws_s3_bucket_policy: bucketSetting("BucketPolicy"),
  aws_s3_bucket_public_access_block: bucketSetting("BucketPublicAccessBlock"),
  aws_s3_bucket_replication_configuration: bucketSetting("ReplicationConfiguration", [passableRoles, "PassRole"]),
  aws_s3_bucket_server_side_encryption_configuration: bucketSetting("EncryptionConfiguration"),
  aws_s3_bucket_versioning: bucketSetting("BucketVersioning"),
  aws_ssm_parameter: {
    read: [
      [allResources, "ssm:DescribeParameters"],
      [terraformParameters, "GetParameter", "ListTagsForResource"],
    ],
    write: [[terraformParameters, "AddTagsToResource", "PutParameter", "RemoveTagsFromResource"]],
  },
  aws_ssm_service_setting: readWrite(
    [parameterThroughput, "GetServiceSetting"],
    [parameterThroughput, "ResetServiceSetting", "UpdateServiceSetting"],
  ),
};
