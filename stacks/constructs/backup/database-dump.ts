import { Construct } from "constructs";
import { dump } from "../../../scripts/backup/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { DeadLetterQueue } from "../functions/dead-letter-queue.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import { Alarm } from "../observability/alarm.ts";
import { getBackupMetric } from "../observability/service-metrics.ts";
import { addBackupFunction, type BackupFunctionProps } from "./backup-function.ts";
import { toDumpSchedule } from "./dump-schedule.ts";

export interface DatabaseDumpProps extends BackupFunctionProps {
  /** Encrypts events that failed; must let the account use it through SQS. */
  readonly encryptionKey: EncryptionKey;
}

/** How long a period of the alarm is. */
const quarterHour = 900;

/**
 * The scheduled dump of the database into the backup bucket: what does it, when, where it ends if nobody can, and who is told when the
 * newest backup is too old.
 *
 * ```ts
 * new DatabaseDump(this, "dump", {
 *   archive, network, backupBucket, alertTopic, encryptionKey: foundation.dataKey,
 * });
 * ```
 *
 * Billed by memory and time: some seconds each time while the database is small; by the month for a few metrics.
 */
export class DatabaseDump extends Construct {
  /** Gets dumps that failed for good. */
  readonly failures: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: DatabaseDumpProps) {
    super(scope, id);
    const { alertTopic } = props;
    const stack = EcobeatStack.of(this);
    const { everyHours } = stack.environment.backup;
    const name = stack.resourceName(dump.functionName);
    const times = toDumpSchedule(everyHours);
    this.failures = new DeadLetterQueue(this, "failures", {
      name: `${name}-failures`,
      encryptionKey: props.encryptionKey,
      alertTopic,
    });
    addBackupFunction(this, props, {
      name,
      description: "Dumps the database into the backup bucket",
      handler: "index.dump",
      times,
      bucketPermissions: writing(stack.region, props),
      failures: this.failures,
    });
    const lateHours = everyHours + 1;
    new Alarm(this, "late", {
      name: `${name}-late`,
      summary: `No backup of the database completed in the last ${lateHours} hours.`,
      runbook: "backups",
      // Without a value CloudWatch would use older data points, and the alarm would fire hours later:
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
      metric: { expression: "FILL(made, 0)", metrics: { made: getBackupMetric("BackupsMade", "Sum") } },
      comparison: "LessThanThreshold",
      threshold: 1,
      periodSeconds: quarterHour,
      evaluationPeriods: (lateHours * 3_600) / quarterHour,
      // Where none was ever made, there is nothing to fill.
      missingData: "breaching",
      topic: alertTopic,
    });
  }
}

/** A place to put the dump: not to read what is there, not to delete. */
function writing(region: string, { backupBucket }: DatabaseDumpProps): PolicyStatement[] {
  return [
    {
      sid: "WriteDumps",
      actions: ["s3:PutObject"],
      resources: [`${backupBucket.bucket.arn}/${dump.prefix}*`],
    },
    {
      // To put together what was sent in parts, S3 decrypts the parts:
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
      sid: "EncryptDumps",
      actions: ["kms:GenerateDataKey", "kms:Decrypt"],
      resources: [backupBucket.key.arn],
      conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
    },
  ];
}
