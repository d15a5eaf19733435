import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js";
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
import { policyDocument } from "../identity/policy-document.ts";

/**
 * A private bucket of static files, for a distribution to read.
 *
 * Costs about $1.1 a month idle. Billed by the gigabyte; its key by the month.
 *
 * @example new AssetsBucket(this, "assets");
 */
export class AssetsBucket extends Construct {
  readonly bucket: S3Bucket;
  /** Unique across all AWS accounts. */
  readonly #name: string;
  readonly #block: S3BucketPublicAccessBlock;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    this.#name = toBucketName(stack.resourceName("assets"), stack);
    this.bucket = new S3Bucket(this, "bucket", { bucket: this.#name, lifecycle: { preventDestroy: true } });
    const bucket = this.bucket.id;
    this.#block = new S3BucketPublicAccessBlock(this, "no-public-access", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, "ownership", { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } });
    new S3BucketVersioningA(this, "versions", { bucket, versioningConfiguration: { status: "Enabled" } });
  }

  /** Lets only one distribution read the files, and encrypts them with a key that it may use. */
  grantRead(distributionArn: string): void {
    const { accountId } = EcobeatStack.of(this);
    const distribution = {
      principals: { Service: "cloudfront.amazonaws.com" },
      conditions: { StringEquals: { "AWS:SourceArn": distributionArn } },
    };
    const key = new EncryptionKey(this, "key", {
      name: this.#name,
      description: "Encrypts static files",
      users: [
        { ...distribution, sid: "Distribution", actions: ["kms:Decrypt"] },
        {
          sid: "UseThroughBucket",
          principals: accountPrincipal(accountId),
          actions: ["kms:Decrypt", "kms:GenerateDataKey"],
          conditions: { StringEquals: { "kms:EncryptionContext:aws:s3:arn": this.bucket.arn } },
        },
      ],
    });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: this.bucket.id,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          // One data key for the bucket instead of a KMS request for each file.
          bucketKeyEnabled: true,
        },
      ],
    });
    new S3BucketPolicy(this, "policy", {
      bucket: this.bucket.id,
      policy: policyDocument(
        denyInsecureTransport("s3:*", this.bucket.arn, `${this.bucket.arn}/*`),
        { ...distribution, sid: "Distribution", actions: ["s3:GetObject"], resources: [`${this.bucket.arn}/*`] },
        // Without it, S3 responds with 403 for a missing file. It does not expose a listing: only requests for the root of the
        // bucket list it, and the distribution only requests files below `/assets/`.
        { ...distribution, sid: "DistributionMissing", actions: ["s3:ListBucket"], resources: [this.bucket.arn] },
      ),
      dependsOn: [this.#block],
    });
  }
}
