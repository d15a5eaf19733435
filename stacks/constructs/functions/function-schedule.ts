import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule/index.js";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { addServiceRole } from "../identity/service-role.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";

export interface FunctionScheduleProps {
  /** Name of the schedule and of its group. */
  readonly name: string;
  /** What an invocation does. */
  readonly description: string;
  /** Schedule expression of EventBridge Scheduler, in UTC: `cron(30 3/4 * * ? *)`. */
  readonly scheduleExpression: string;
  /** Invoked without an alias: the latest deployed version. */
  readonly function: LambdaFunction;
  /** Gets the events that could not be delivered to the function. */
  readonly deadLetterQueue: DeadLetterQueue;
  /** Notified when Scheduler gives up an invocation. */
  readonly alertTopic: AlertTopic;
}

/**
 * Invokes a function on a schedule, asynchronously. An event that cannot be delivered within an hour goes to the dead-letter
 * queue.
 *
 * ```ts
 * new FunctionSchedule(this, "schedule", {
 *   name, description: "Dumps the database", scheduleExpression, function: lambda, deadLetterQueue, alertTopic,
 * });
 * ```
 *
 * Billed by the invocation, and by the month for one metric.
 */
export class FunctionSchedule extends Construct {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { name, description, scheduleExpression, deadLetterQueue } = props;
    const group = new SchedulerScheduleGroup(this, "group", { name });
    const { role, policy } = addServiceRole(this, {
      name: `${name}-schedule`,
      trust: {
        sid: "Scheduler",
        principals: { Service: "scheduler.amazonaws.com" },
        // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        conditions: {
          StringEquals: { "aws:SourceAccount": EcobeatStack.of(this).accountId, "aws:SourceArn": group.arn },
        },
      },
      policyName: "schedule",
      permissions: [
        { sid: "CallFunction", actions: ["lambda:InvokeFunction"], resources: [props.function.arn] },
        ...deadLetterQueue.sendPermissions,
      ],
    });
    new SchedulerSchedule(this, "schedule", {
      name,
      groupName: group.name,
      description,
      state: "ENABLED",
      scheduleExpression,
      scheduleExpressionTimezone: "UTC",
      // A later dump means a larger data loss.
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: props.function.arn,
        roleArn: role.arn,
        retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 10 },
        deadLetterConfig: { arn: deadLetterQueue.queue.arn },
      },
      // Scheduler tests the role when the schedule is created.
      dependsOn: [policy],
    });
    new Alarm(this, "schedule-failed", {
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
      topic: props.alertTopic,
    });
  }
}
