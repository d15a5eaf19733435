import { Construct } from "constructs";
import { dump, restoreTest } from "../../../scripts/backup/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { DeadLetterQueue } from "../functions/dead-letter-queue.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import { Alarm } from "../observability/alarm.ts";
import { getServiceMetric } from "../observability/service-metrics.ts";
import { addBackupFunction, type BackupFunctionProps } from "./backup-function.ts";

export interface RestoreTestProps extends BackupFunctionProps {
  /** Gets invocations that failed permanently. */
  readonly deadLetterQueue: DeadLetterQueue;
}

/**
 * Restores the newest dump twice a week into its own database and compares it with its manifest.
 *
 * Once a week would be enough, but CloudWatch looks back at most seven days: an alarm on a week without a restore test would
 * fire shortly before each one.
 *
 * Billed by memory and time, and by the month for a few metrics.
 *
 * @example
 * new RestoreTest(this, "restore-test", { archive, network, backupBucket, alertTopic, deadLetterQueue: dump.deadLetterQueue });
 */
export class RestoreTest extends Construct {
  constructor(scope: Construct, id: string, props: RestoreTestProps) {
    super(scope, id);
    const { alertTopic } = props;
    const stack = EcobeatStack.of(this);
    const name = stack.resourceName(restoreTest.functionName);
    addBackupFunction(this, props, {
      name,
      description: "Restores the newest dump into its own database, and compares it",
      handler: "index.verify",
      // Half an hour after a dump.
      scheduleExpression: "cron(0 4 ? * WED,SUN *)",
      bucketPermissions: allowReads(stack.region, props),
      deadLetterQueue: props.deadLetterQueue,
    });
    new Alarm(this, "failed", {
      name: `${name}-failed`,
      summary: "The newest backup of the database is corrupt or cannot be restored.",
      priority: "page",
      runbook: "backups",
      metric: getServiceMetric("BackupsVerified", "Minimum"),
      comparison: "LessThanThreshold",
      threshold: 1,
      periodSeconds: 300,
      topic: alertTopic,
    });
    new Alarm(this, "late", {
      name: `${name}-late`,
      summary: "No backup of the database passed a restore test in the last five days.",
      runbook: "backups",
      metric: { expression: "FILL(verified, 0)", metrics: { verified: getServiceMetric("BackupsVerified", "Sum") } },
      comparison: "LessThanThreshold",
      threshold: 1,
      // Five days without a pass mean one missed restore test. Only with periods of an hour or more CloudWatch looks back
      // further than a day.
      periodSeconds: 6 * 3_600,
      evaluationPeriods: 20,
      missingData: "breaching",
      topic: alertTopic,
    });
  }
}

/** Only to read below the prefix: not to write or delete. */
function allowReads(region: string, { backupBucket }: RestoreTestProps): PolicyStatement[] {
  return [
    { sid: "ReadDumps", actions: ["s3:GetObject"], resources: [`${backupBucket.bucket.arn}/${dump.prefix}*`] },
    {
      sid: "ListDumps",
      actions: ["s3:ListBucket"],
      resources: [backupBucket.bucket.arn],
      conditions: { StringLike: { "s3:prefix": `${dump.prefix}*` } },
    },
    {
      sid: "DecryptDumps",
      actions: ["kms:Decrypt"],
      resources: [backupBucket.key.arn],
      conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
    },
  ];
}
