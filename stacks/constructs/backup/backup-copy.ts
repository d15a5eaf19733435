import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { S3BucketReplicationConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-replication-configuration/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { policyDocument } from "../identity/policy-document.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import { BackupBucket } from "./backup-bucket.ts";
import { getOtherEuRegions } from "./eu-regions.ts";

const ruleId = "copy";

export interface BackupCopyProps {
  /** In the stack's own region. */
  readonly source: BackupBucket;
  /** Region of the copy: another one, in the European Union. */
  readonly region: string;
  /** Is told when something was not copied; in the source's region. */
  readonly alertTopic: AlertTopic;
}

/**
 * A second backup bucket in another region, to which S3 copies what arrives in the first one, with its lock. Deletions are not
 * copied. An alarm fires when S3 gives up copying.
 *
 * ```ts
 * new BackupCopy(this, "backup-copy", {
 *   source: backupBucket, region: "eu-central-1", alertTopic,
 * });
 * ```
 *
 * Costs about $1 a month idle. Billed by the gigabyte, kept and sent, and by the month for the metrics.
 */
export class BackupCopy extends Construct {
  readonly backupBucket: BackupBucket;

  constructor(scope: Construct, id: string, props: BackupCopyProps) {
    super(scope, id);
    const { source, region } = props;
    const stack = EcobeatStack.of(this);
    const name = stack.resourceName("backups-copy");
    checkRegion(name, region, stack.region);
    this.backupBucket = new BackupBucket(this, "backup-bucket", {
      name,
      provider: stack.addProvider(region),
    });
    const role = new IamRole(this, "role", {
      name,
      assumeRolePolicy: policyDocument({
        sid: "S3",
        principals: { Service: "s3.amazonaws.com" },
        // Without a condition on whom S3 asks for, as AWS has it: whether S3 says so when it copies is not documented.
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
        actions: ["sts:AssumeRole"],
      }),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: "copy",
      role: role.name,
      policy: this.#permissions(stack.region, props),
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
            bucket: this.backupBucket.bucket.arn,
            // Without them S3 tells nobody that a copy failed.
            metrics: { status: "Enabled" },
            encryptionConfiguration: { replicaKmsKeyId: this.backupBucket.key.arn },
          },
        },
      ],
      dependsOn: [source.versioning, this.backupBucket.versioning, policy],
    });
    new Alarm(this, "failed", {
      name: `${name}-failed`,
      summary: "S3 failed to replicate a backup to the other region, and does not retry.",
      runbook: "backups",
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
      metric: {
        namespace: "AWS/S3",
        name: "OperationsFailedReplication",
        dimensions: {
          SourceBucket: source.bucket.id,
          DestinationBucket: this.backupBucket.bucket.id,
          RuleId: ruleId,
        },
        statistic: "Sum",
      },
      threshold: 0,
      periodSeconds: 300,
      topic: props.alertTopic,
    });
  }

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html, without
  // s3:ReplicateDelete; for locks https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
  #permissions(sourceRegion: string, { source, region }: BackupCopyProps): string {
    const { bucket } = source;
    return policyDocument(
      {
        sid: "ReadBucket",
        actions: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
        resources: [bucket.arn],
      },
      {
        sid: "ReadVersions",
        actions: [
          "s3:GetObjectVersionForReplication",
          "s3:GetObjectVersionAcl",
          "s3:GetObjectVersionTagging",
          "s3:GetObjectRetention",
          "s3:GetObjectLegalHold",
        ],
        resources: [`${bucket.arn}/*`],
      },
      {
        sid: "WriteCopies",
        actions: ["s3:ReplicateObject", "s3:ReplicateTags"],
        resources: [`${this.backupBucket.bucket.arn}/*`],
      },
      {
        sid: "Decrypt",
        actions: ["kms:Decrypt"],
        resources: [source.key.arn],
        conditions: { StringEquals: { "kms:ViaService": `s3.${sourceRegion}.amazonaws.com` } },
      },
      {
        sid: "Encrypt",
        actions: ["kms:Encrypt", "kms:GenerateDataKey"],
        resources: [this.backupBucket.key.arn],
        conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
      },
    );
  }
}

function checkRegion(name: string, region: string, sourceRegion: string): void {
  const others = getOtherEuRegions(sourceRegion);
  if (!others.includes(region)) {
    throw new Error(
      `The copy of the backups "${name}" is to lie in ${region}. It is for the day when ${sourceRegion} fails, and the ` +
        `users' data stay in the European Union. Choose one of ${others.join(", ")}.`,
    );
  }
}
