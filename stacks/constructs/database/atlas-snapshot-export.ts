import type { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import { CloudBackupSnapshotExportBucket } from "@cdktf/provider-mongodbatlas/lib/cloud-backup-snapshot-export-bucket/index.js";
import { CloudProviderAccessAuthorization } from "@cdktf/provider-mongodbatlas/lib/cloud-provider-access-authorization/index.js";
import { CloudProviderAccessSetup } from "@cdktf/provider-mongodbatlas/lib/cloud-provider-access-setup/index.js";
import { Construct } from "constructs";
import { snapshotExports } from "../../../scripts/backup/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { BackupBucket } from "../backup/backup-bucket.ts";
import { addServiceRole } from "../identity/service-role.ts";

export interface AtlasSnapshotExportProps {
  /** Created before Atlas tests the role: it takes minutes, in which IAM learns the role. */
  readonly cluster: AdvancedCluster;
  /**
   * Where Atlas writes. MongoDB documents that such a bucket may have S3 Object Lock:
   * https://www.mongodb.com/docs/atlas/backup/cloud-backup/export/
   */
  readonly bucket: BackupBucket;
}

/**
 * A bucket that Atlas may export snapshots of a project to, by a role that only Atlas can assume and that may only write there.
 *
 * Atlas bills $0.125 per gigabyte exported, uncompressed, in addition to the storage of S3.
 *
 * @example const { bucketId } = new AtlasSnapshotExport(this, "snapshot-export", { cluster, bucket });
 */
export class AtlasSnapshotExport extends Construct {
  /** Atlas's id of the bucket. */
  readonly bucketId: string;

  constructor(scope: Construct, id: string, { cluster, bucket }: AtlasSnapshotExportProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { projectId } = cluster;
    const access = new CloudProviderAccessSetup(this, "access", { projectId, providerName: "AWS" });
    const atlas = access.awsConfig.get(0);
    const { arn } = bucket.bucket;
    const { role, policy } = addServiceRole(this, {
      name: stack.resourceName(snapshotExports.name),
      description: "Lets MongoDB Atlas export snapshots",
      trust: {
        sid: "Atlas",
        principals: { AWS: atlas.atlasAwsAccountArn },
        // Atlas uses one account for all customers; the external id belongs to this project only.
        conditions: { StringEquals: { "sts:ExternalId": atlas.atlasAssumedRoleExternalId } },
      },
      policyName: "export",
      permissions: [
        { sid: "FindBucket", actions: ["s3:GetBucketLocation"], resources: [arn] },
        { sid: "WriteExports", actions: ["s3:PutObject"], resources: [`${arn}/${snapshotExports.prefix}*`] },
        {
          // To complete a multipart upload, S3 decrypts the parts:
          // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
          sid: "EncryptExports",
          actions: ["kms:GenerateDataKey", "kms:Decrypt"],
          resources: [bucket.key.arn],
          conditions: { StringEquals: { "kms:ViaService": `s3.${stack.region}.amazonaws.com` } },
        },
      ],
    });
    const authorization = new CloudProviderAccessAuthorization(this, "authorization", {
      projectId,
      roleId: access.roleId,
      aws: { iamAssumedRoleArn: role.arn },
      dependsOn: [policy],
    });
    this.bucketId = new CloudBackupSnapshotExportBucket(this, "bucket", {
      projectId,
      iamRoleId: authorization.roleId,
      bucketName: bucket.bucket.bucket,
      cloudProvider: "AWS",
      // The provider does not retry while IAM does not know the role (CANNOT_ASSUME_ROLE):
      // https://github.com/mongodb/terraform-provider-mongodbatlas/pull/4064
      dependsOn: [cluster],
    }).exportBucketId;
  }
}
