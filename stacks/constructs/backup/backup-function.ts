import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import type { Construct } from "constructs";
import { dump } from "../../../scripts/backup/contract.ts";
import { parameterPath, parameters, variables } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { type ArchiveFunctionProps, addArchiveFunction } from "../functions/archive-function.ts";
import type { DeadLetterQueue } from "../functions/dead-letter-queue.ts";
import { FunctionSchedule } from "../functions/function-schedule.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { BackupBucket } from "./backup-bucket.ts";

export interface BackupFunctionProps extends Required<Pick<ArchiveFunctionProps, "archive" | "network">> {
  /** Where backups are. The function is let in to what is below the prefix of dumps, and to nothing else. */
  readonly backupBucket: BackupBucket;
  readonly alertTopic: AlertTopic;
}

/** What a function does with backups, and when. */
export interface BackupTask {
  /** Name of the function, and of its schedule. */
  readonly name: string;
  readonly description: string;
  /** What Lambda calls, such as `index.dump`. */
  readonly handler: string;
  /** When, in UTC, as EventBridge Scheduler writes it. */
  readonly times: string;
  /** What it may do in the backup bucket. */
  readonly bucketPermissions: readonly PolicyStatement[];
  /** Gets calls that nobody could handle. */
  readonly failures: DeadLetterQueue;
}

/**
 * A function that works on backups for minutes, called by a schedule and by operators. No user waits for it and a mistake in it
 * hurts none, so that it has no alias: it always runs what was deployed last.
 */
export function addBackupFunction(
  scope: Construct,
  props: BackupFunctionProps,
  task: BackupTask,
): LambdaFunction {
  const { archive, network, backupBucket, alertTopic } = props;
  const { environment, region, accountId } = EcobeatStack.of(scope);
  const { name, description, handler, times, failures } = task;
  const addressParameter = parameterPath(environment.name, parameters.mongodbUri);
  const permissions = [
    {
      sid: "ReadParameter",
      actions: ["ssm:GetParameters"],
      resources: [`arn:aws:ssm:${region}:${accountId}:parameter${addressParameter}`],
    },
    ...task.bucketPermissions,
    ...failures.sendPermissions,
  ];
  const { lambda } = addArchiveFunction(
    scope,
    {
      name,
      archive,
      network,
      environmentVariables: {
        [variables.environment]: environment.name,
        [variables.backupLocation]: `s3://${backupBucket.bucket.id}/${dump.prefix}`,
      },
      permissions,
    },
    {
      description,
      handler,
      // One whole processor: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
      memoryMb: 1_769,
      // As long as Lambda lets a function run.
      timeoutSeconds: 900,
      // One at a time: two would be in each other's way in the database.
      reservedConcurrency: 1,
      publish: false,
    },
  );
  new LambdaFunctionEventInvokeConfig(scope, "async-invocations", {
    functionName: lambda.functionName,
    maximumRetryAttempts: 2,
    maximumEventAgeInSeconds: 3_600,
    destinationConfig: { onFailure: { destination: failures.queue.arn } },
  });
  new FunctionSchedule(scope, "schedule", {
    name,
    description,
    times,
    function: lambda,
    failures,
    alertTopic,
  });
  return lambda;
}
