import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js";
import { S3BucketObjectLockConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration/index.js";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy/index.js";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { toBucketName } from "../../names.ts";
import { EncryptionKey } from "../identity/encryption-key.ts";
import { denyInsecureTransport } from "../identity/insecure-transport.ts";
import { accountPrincipal } from "../identity/key-administration.ts";
import { type PolicyStatement, policyDocument } from "../identity/policy-document.ts";

export interface BackupBucketProps {
  /** Name of the key's alias and, with the region and the account id appended, of the bucket: bucket names are globally unique. */
  readonly name: string;
  /** @default the stack's own provider, and its region */
  readonly provider?: AwsProvider;
}

/**
 * A bucket for backups (S3 Object Lock). Backups can be written and read, but not deleted.
 *
 * Each object version is locked for the environment's `backup.retentionDays`, and then expires. Until then no one can delete it,
 * not even by bypassing the governance mode: the bucket policy denies both to everyone. A plan shows a change of that policy.
 * Encrypted with its own key, without public access, over TLS only.
 *
 * Costs about $1.2 a month idle. Billed by the gigabyte and the request, its key by the month.
 *
 * @example new BackupBucket(this, "backups", { name: this.resourceName("backups") });
 */
export class BackupBucket extends Construct {
  readonly bucket: S3Bucket;
  readonly key: EncryptionKey;
  /** Required by Object Lock and by replication from or to this bucket. */
  readonly versioning: S3BucketVersioningA;

  constructor(scope: Construct, id: string, props: BackupBucketProps) {
    super(scope, id);
    const { name } = props;
    const stack = EcobeatStack.of(this);
    const { accountId } = stack;
    const { retentionDays } = stack.environment.backup;
    const region = props.provider?.region ?? stack.region;
    const provider = props.provider && { provider: props.provider };
    this.key = new EncryptionKey(this, "key", {
      name,
      description: "Encrypts backups",
      users: [
        {
          sid: "UseThroughS3",
          principals: accountPrincipal(accountId),
          actions: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"],
          conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
        },
      ],
      ...provider,
    });
    this.bucket = new S3Bucket(this, "bucket", {
      ...provider,
      bucket: toBucketName(name, stack),
      objectLockEnabled: true,
      lifecycle: { preventDestroy: true },
    });
    const bucket = this.bucket.id;
    this.versioning = new S3BucketVersioningA(this, "versioning", {
      ...provider,
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    new S3BucketObjectLockConfigurationA(this, "lock", {
      ...provider,
      bucket,
      rule: { defaultRetention: { mode: "GOVERNANCE", days: retentionDays } },
      dependsOn: [this.versioning],
    });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      ...provider,
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: this.key.arn },
          // Fewer requests to KMS.
          bucketKeyEnabled: true,
        },
      ],
    });
    const closed = new S3BucketPublicAccessBlock(this, "public-access", {
      ...provider,
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketPolicy(this, "policy", {
      ...provider,
      bucket,
      policy: policyDocument(...createDenials(this.bucket)),
      // S3 rejects concurrent changes of one bucket's access.
      dependsOn: [closed],
    });
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      ...provider,
      bucket,
      rule: [
        {
          id: "expire",
          status: "Enabled",
          filter: [{}],
          expiration: [{ days: retentionDays }],
          // A version that expired or was overwritten waits for its lock.
          noncurrentVersionExpiration: [{ noncurrentDays: 1 }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
        {
          id: "expire-delete-markers",
          status: "Enabled",
          filter: [{}],
          // S3 does not accept it together with `days`.
          expiration: [{ expiredObjectDeleteMarker: true }],
        },
      ],
      dependsOn: [this.versioning],
    });
  }
}

function createDenials(bucket: S3Bucket): PolicyStatement[] {
  return [
    denyInsecureTransport("s3:*", bucket.arn, `${bucket.arn}/*`),
    {
      // Expiration is done by S3 itself, to which no policy applies.
      sid: "DenyDelete",
      effect: "Deny",
      principals: { AWS: "*" },
      actions: ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
      resources: [bucket.arn, `${bucket.arn}/*`],
    },
  ];
}
