import { Construct } from "constructs";
import { dump, largestDumps, largestRecovery, recoveryWarningShare } from "../../../scripts/backup/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { DeadLetterQueue } from "../functions/dead-letter-queue.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import { getServiceMetric } from "../observability/service-metrics.ts";
import { addBackupFunction, type BackupFunctionProps } from "./backup-function.ts";
import { toDumpSchedule } from "./dump-schedule.ts";

export interface DatabaseDumpProps extends BackupFunctionProps {
  /** Encrypts the dead-letter queue; its policy must let the account use it through SQS. */
  readonly encryptionKey: EncryptionKey;
}

/** Period of the alarm. */
const periodSeconds = 900;

/**
 * The scheduled dump of the database into the backup bucket, with its dead-letter queue and alarms on the age of the newest
 * backup and on the size of the database.
 *
 * Billed by memory and time: seconds per dump while the database is small; by the month for a few metrics.
 *
 * @example
 * new DatabaseDump(this, "dump", { archive, network, backupBucket, alertTopic, encryptionKey: foundation.dataKey });
 */
export class DatabaseDump extends Construct {
  /** Gets dumps that failed permanently. */
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: DatabaseDumpProps) {
    super(scope, id);
    const { alertTopic } = props;
    const stack = EcobeatStack.of(this);
    const { everyHours } = stack.environment.backup;
    const name = stack.resourceName(dump.functionName);
    this.deadLetterQueue = new DeadLetterQueue(this, "failures", {
      name: `${name}-failures`,
      encryptionKey: props.encryptionKey,
      alertTopic,
    });
    addBackupFunction(this, props, {
      name,
      description: "Dumps the database into the backup bucket",
      handler: "index.dump",
      scheduleExpression: toDumpSchedule(everyHours),
      bucketPermissions: allowWrites(stack.region, props),
      deadLetterQueue: this.deadLetterQueue,
    });
    const lateHours = everyHours + 1;
    new Alarm(this, "late", {
      name: `${name}-late`,
      summary: `No backup of the database completed in the last ${lateHours} hours.`,
      priority: "page",
      runbook: "backups",
      // For a missing value CloudWatch would look further back, and fire hours later:
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
      metric: { expression: "FILL(made, 0)", metrics: { made: getServiceMetric("BackupsMade", "Sum") } },
      comparison: "LessThanThreshold",
      threshold: 1,
      periodSeconds,
      evaluationPeriods: (lateHours * 3_600) / periodSeconds,
      // Before the first backup FILL has nothing to fill.
      missingData: "breaching",
      topic: alertTopic,
    });
    addSizeAlarms(this, name, alertTopic);
  }
}

function addSizeAlarms(scope: Construct, name: string, topic: AlertTopic): void {
  const size = {
    runbook: "backups",
    metric: getServiceMetric("DatabaseSize", "Maximum"),
    periodSeconds,
    // Between two dumps the alarm keeps its state.
    missingData: "ignore",
    topic,
  } as const;
  new Alarm(scope, "too-large", {
    ...size,
    name: `${name}-too-large`,
    priority: "page",
    summary: "The database is too large for its dump, which the function refuses: there are no new backups of our own.",
    threshold: largestDumps.function,
  });
  new Alarm(scope, "recovery-time", {
    ...size,
    name: `${name}-recovery-time`,
    summary: `The database has passed ${recoveryWarningShare * 100} % of the size that our own dump restores within the RTO.`,
    threshold: Math.floor(largestRecovery * recoveryWarningShare),
  });
}

/** Only to write dumps: not to read or delete them. */
function allowWrites(region: string, { backupBucket }: DatabaseDumpProps): PolicyStatement[] {
  return [
    { sid: "WriteDumps", actions: ["s3:PutObject"], resources: [`${backupBucket.bucket.arn}/${dump.prefix}*`] },
    {
      // To complete a multipart upload, S3 decrypts the parts:
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
      sid: "EncryptDumps",
      actions: ["kms:GenerateDataKey", "kms:Decrypt"],
      resources: [backupBucket.key.arn],
      conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
    },
  ];
}
