import { Construct } from "constructs";
import type { AlertTopic } from "./alert-topic.ts";
import type { BackupVault } from "./backup-vault.ts";
import { DumpSchedule } from "./dump-schedule.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import { FailureQueue } from "./failure-queue.ts";
import { addFunctionRole } from "./function-role.ts";
import type { PolicyStatement } from "./policy-document.ts";

export interface DatabaseDumpProps {
  /** Name of the function that dumps the database, of its role and of its schedule. */
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  /** Hours from one dump to the next: 1, 2, 3, 4, 6, 8 or 12. */
  readonly everyHours: number;
  /** Where dumps go. */
  readonly vault: BackupVault;
  /** What their names begin with, ending in a slash; the function may write nothing else. */
  readonly prefix: string;
  /** Full path of the parameter that says where the database is. */
  readonly addressParameter: string;
  /** Encrypts events that failed; must let the account use it through SQS. */
  readonly encryptionKey: EncryptionKey;
  readonly alertTopic: AlertTopic;
  readonly logRetentionDays: number;
  readonly logEncryptionKey: EncryptionKey;
}

/**
 * The scheduled dump of the database into the vault: who does it, when, and where it ends if nobody can.
 *
 * Without the function itself, and so with a schedule that does not run.
 */
export class DatabaseDump extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseDumpProps) {
    super(scope, id);
    const { name, region, accountId, everyHours, alertTopic } = props;
    const failures = new FailureQueue(this, "failures", {
      name: `${name}-failures`,
      region,
      encryptionKey: props.encryptionKey,
      alertTopic,
    });
    addFunctionRole(this, {
      name,
      region,
      accountId,
      permissions: [...permissions(props), ...failures.sending],
      logRetentionDays: props.logRetentionDays,
      logEncryptionKey: props.logEncryptionKey,
    });
    new DumpSchedule(this, "schedule", { name, region, accountId, everyHours, failures, alertTopic });
  }
}

/** Where the database is, and a place to put the dump: not to read what is there, not to delete. */
function permissions(props: DatabaseDumpProps): PolicyStatement[] {
  const { region, accountId, vault } = props;
  return [
    {
      sid: "ReadParameter",
      actions: ["ssm:GetParameters"],
      resources: [`arn:aws:ssm:${region}:${accountId}:parameter${props.addressParameter}`],
    },
    {
      sid: "WriteDumps",
      actions: ["s3:PutObject"],
      resources: [`${vault.bucket.arn}/${props.prefix}*`],
    },
    {
      // To put together what was sent in parts, S3 decrypts the parts:
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
      sid: "EncryptDumps",
      actions: ["kms:GenerateDataKey", "kms:Decrypt"],
      resources: [vault.key.arn],
      conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
    },
  ];
}
