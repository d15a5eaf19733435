import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule/index.js";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { policyDocument } from "../identity/policy-document.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";

export interface FunctionScheduleProps {
  /** Name of the schedule and of its group. */
  readonly name: string;
  /** What a call does. */
  readonly description: string;
  /** When, in UTC, as EventBridge Scheduler writes it: `cron(30 3/4 * * ? *)`. */
  readonly times: string;
  /** What is called: as it was deployed last, by no alias. */
  readonly function: LambdaFunction;
  /** Gets what the function was not handed, for whatever reason. */
  readonly failures: DeadLetterQueue;
  /** Is told when a call was given up before it began. */
  readonly alertTopic: AlertTopic;
}

/**
 * Calls a function at the same times again and again. Whatever cannot be handed over within an hour ends in the queue of
 * failures. The function may take a quarter of an hour; it is not waited for.
 *
 * ```ts
 * new FunctionSchedule(this, "schedule", {
 *   name, description: "Dumps the database", times: "cron(30 3/4 * * ? *)", function: lambda, failures, alertTopic,
 * });
 * ```
 *
 * Billed by the call: as good as nothing; by the month for one metric.
 */
export class FunctionSchedule extends Construct {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { name, failures } = props;
    const group = new SchedulerScheduleGroup(this, "group", { name });
    const role = new IamRole(this, "role", {
      name: `${name}-schedule`,
      assumeRolePolicy: policyDocument({
        sid: "Scheduler",
        principals: { Service: "scheduler.amazonaws.com" },
        actions: ["sts:AssumeRole"],
        // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        conditions: {
          StringEquals: { "aws:SourceAccount": EcobeatStack.of(this).accountId, "aws:SourceArn": group.arn },
        },
      }),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: "schedule",
      role: role.name,
      policy: policyDocument(
        { sid: "CallFunction", actions: ["lambda:InvokeFunction"], resources: [props.function.arn] },
        ...failures.sendPermissions,
      ),
    });
    new SchedulerSchedule(this, "schedule", {
      name,
      groupName: group.name,
      description: props.description,
      state: "ENABLED",
      scheduleExpression: props.times,
      scheduleExpressionTimezone: "UTC",
      // Each minute of waiting is one more that could be lost.
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: props.function.arn,
        roleArn: role.arn,
        retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 10 },
        deadLetterConfig: { arn: failures.queue.arn },
      },
      // Scheduler tries the role when the schedule is made.
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
