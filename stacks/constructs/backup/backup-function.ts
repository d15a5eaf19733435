import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { Construct } from "constructs";
import { dump } from "../../../scripts/backup/contract.ts";
import { parameters, variables } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { type ArchiveFunctionProps, addArchiveFunction, allowParameters } from "../functions/archive-function.ts";
import type { DeadLetterQueue } from "../functions/dead-letter-queue.ts";
import { addSchedule } from "../functions/schedule.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { BackupBucket } from "./backup-bucket.ts";

export interface BackupFunctionProps extends Required<Pick<ArchiveFunctionProps, "archive" | "network">> {
  /** The function has access only below the prefix of dumps. */
  readonly backupBucket: BackupBucket;
  readonly alertTopic: AlertTopic;
}

/** What a backup function does, and when. */
export interface BackupTask extends Pick<ArchiveFunctionProps, "name" | "description" | "handler"> {
  /** Schedule expression of EventBridge Scheduler, in UTC. */
  readonly scheduleExpression: string;
  readonly bucketPermissions: readonly PolicyStatement[];
  /** Gets invocations that failed permanently, and those that could not be delivered. */
  readonly deadLetterQueue: DeadLetterQueue;
}

/**
 * Adds a function that works on backups for minutes, invoked by a schedule and by operators. No user waits for it; it therefore
 * has no alias and always runs the latest deployed version.
 */
export function addBackupFunction(scope: Construct, props: BackupFunctionProps, task: BackupTask): void {
  const { archive, network, backupBucket } = props;
  const { name, description, handler, deadLetterQueue } = task;
  const stack = EcobeatStack.of(scope);
  const { lambda } = addArchiveFunction(scope, {
    name,
    description,
    archive,
    handler,
    // One full vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    memoryMb: 1_769,
    // Lambda's maximum.
    timeoutSeconds: 900,
    // Two at a time would interfere with each other in the database.
    reservedConcurrency: 1,
    environmentVariables: {
      [variables.environment]: stack.environment.name,
      [variables.backupLocation]: `s3://${backupBucket.bucket.id}/${dump.prefix}`,
    },
    network,
    permissions: [
      allowParameters(stack, "ReadParameter", [parameters.mongodbUri]),
      ...task.bucketPermissions,
      ...deadLetterQueue.sendPermissions,
    ],
  });
  new LambdaFunctionEventInvokeConfig(scope, "async-invocations", {
    functionName: lambda.functionName,
    maximumRetryAttempts: 2,
    maximumEventAgeInSeconds: 3_600,
    destinationConfig: { onFailure: { destination: deadLetterQueue.queue.arn } },
  });
  addBackupSchedule(new Construct(scope, "schedule"), lambda.arn, props, task);
}

/** An event that cannot be delivered within an hour goes to the dead-letter queue. */
function addBackupSchedule(
  scope: Construct,
  functionArn: string,
  { alertTopic }: BackupFunctionProps,
  { name, description, scheduleExpression, deadLetterQueue }: BackupTask,
): void {
  const { group } = addSchedule(scope, {
    name,
    description,
    scheduleExpression,
    functionArn,
    retries: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 10 },
    deadLetterQueue,
  });
  new Alarm(scope, "schedule-failed", {
    name: `${name}-schedule-failed`,
    summary: `EventBridge Scheduler dropped an invocation of the function ${name}.`,
    runbook: "backups",
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
    metric: {
      namespace: "AWS/Scheduler",
      name: "InvocationDroppedCount",
      dimensions: { ScheduleGroup: group.name },
      statistic: "Sum",
    },
    threshold: 0,
    periodSeconds: 300,
    topic: alertTopic,
  });
}
