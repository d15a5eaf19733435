import { S3BucketReplicationConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-replication-configuration/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import { addServiceRole } from "../identity/service-role.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import { BackupBucket } from "./backup-bucket.ts";

const ruleId = "copy";

export interface BackupCopyProps {
  /** In the stack's own region. */
  readonly source: BackupBucket;
  /** Region of the copy: another one, in the European Union. */
  readonly region: string;
  /** Notified when S3 gives up a copy; in the source's region. */
  readonly alertTopic: AlertTopic;
}

/**
 * A second backup bucket in another region, to which S3 replicates each new object version of the first one with its lock.
 * Deletions are not replicated. An alarm fires when S3 gives up a copy.
 *
 * Costs about $1.3 a month idle. Billed by the gigabyte, kept and sent, and by the month for the metrics.
 *
 * @example new BackupCopy(this, "backup-copy", { source: backupBucket, region: "eu-central-1", alertTopic });
 */
export class BackupCopy extends Construct {
  constructor(scope: Construct, id: string, props: BackupCopyProps) {
    super(scope, id);
    const { source, region } = props;
    const stack = EcobeatStack.of(this);
    const name = stack.resourceName("backups-copy");
    const copy = new BackupBucket(this, "backup-bucket", { name, provider: stack.addProvider(region) });
    const { role, policy } = addServiceRole(this, {
      name,
      // No condition on the source account, as in AWS's example: it is not documented whether S3 sends one.
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
      trust: { sid: "S3", principals: { Service: "s3.amazonaws.com" } },
      policyName: "copy",
      permissions: createPermissions(source, stack.region, copy, region),
    });
    new S3BucketReplicationConfigurationA(this, "replication", {
      bucket: source.bucket.id,
      role: role.arn,
      rule: [
        {
          id: ruleId,
          status: "Enabled",
          filter: {},
          deleteMarkerReplication: { status: "Disabled" },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
          destination: {
            bucket: copy.bucket.arn,
            // Without metrics S3 reports no failed copies.
            metrics: { status: "Enabled" },
            encryptionConfiguration: { replicaKmsKeyId: copy.key.arn },
          },
        },
      ],
      dependsOn: [source.versioning, copy.versioning, policy],
    });
    new Alarm(this, "failed", {
      name: `${name}-failed`,
      summary: "S3 failed to replicate a backup to the other region, and does not retry.",
      runbook: "backups",
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
      metric: {
        namespace: "AWS/S3",
        name: "OperationsFailedReplication",
        dimensions: { SourceBucket: source.bucket.id, DestinationBucket: copy.bucket.id, RuleId: ruleId },
        statistic: "Sum",
      },
      threshold: 0,
      periodSeconds: 300,
      topic: props.alertTopic,
    });
  }
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html, without
// s3:ReplicateDelete; for locks https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
function createPermissions(
  source: BackupBucket,
  sourceRegion: string,
  copy: BackupBucket,
  region: string,
): PolicyStatement[] {
  return [
    { sid: "ReadBucket", actions: ["s3:GetReplicationConfiguration", "s3:ListBucket"], resources: [source.bucket.arn] },
    {
      sid: "ReadVersions",
      actions: [
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionTagging",
        "s3:GetObjectRetention",
        "s3:GetObjectLegalHold",
      ],
      resources: [`${source.bucket.arn}/*`],
    },
    { sid: "WriteCopies", actions: ["s3:ReplicateObject", "s3:ReplicateTags"], resources: [`${copy.bucket.arn}/*`] },
    {
      sid: "Decrypt",
      actions: ["kms:Decrypt"],
      resources: [source.key.arn],
      conditions: { StringEquals: { "kms:ViaService": `s3.${sourceRegion}.amazonaws.com` } },
    },
    {
      sid: "Encrypt",
      actions: ["kms:Encrypt", "kms:GenerateDataKey"],
      resources: [copy.key.arn],
      conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
    },
  ];
}
