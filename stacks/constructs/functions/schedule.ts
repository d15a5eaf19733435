import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule/index.js";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group/index.js";
import type { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { addServiceRole } from "../identity/service-role.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";

export interface ScheduleProps {
  /** Name of the schedule and of its group. */
  readonly name: string;
  readonly description: string;
  /** Schedule expression of EventBridge Scheduler, in UTC. */
  readonly scheduleExpression: string;
  readonly functionArn: string;
  /** How often, and for how long, EventBridge Scheduler tries to deliver an event. */
  readonly retries: { readonly maximumEventAgeInSeconds: number; readonly maximumRetryAttempts: number };
  /**
   * Gets events that could not be delivered.
   *
   * @default they are dropped
   */
  readonly deadLetterQueue?: DeadLetterQueue;
}

/** Adds a schedule in a group of its own, which invokes a function asynchronously. */
export function addSchedule(scope: Construct, props: ScheduleProps): { readonly group: SchedulerScheduleGroup } {
  const { name, description, scheduleExpression, functionArn, retries, deadLetterQueue } = props;
  const group = new SchedulerScheduleGroup(scope, "group", { name });
  const { role, policy } = addServiceRole(scope, {
    name: `${name}-schedule`,
    trust: {
      sid: "Scheduler",
      principals: { Service: "scheduler.amazonaws.com" },
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      conditions: {
        StringEquals: { "aws:SourceAccount": EcobeatStack.of(scope).accountId, "aws:SourceArn": group.arn },
      },
    },
    policyName: "schedule",
    permissions: [
      { sid: "InvokeFunction", actions: ["lambda:InvokeFunction"], resources: [functionArn] },
      ...(deadLetterQueue?.sendPermissions ?? []),
    ],
  });
  new SchedulerSchedule(scope, "schedule", {
    name,
    groupName: group.name,
    description,
    state: "ENABLED",
    scheduleExpression,
    scheduleExpressionTimezone: "UTC",
    // A later dump means a larger data loss, and a later smoke test a later page.
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: functionArn,
      roleArn: role.arn,
      retryPolicy: { ...retries },
      ...(deadLetterQueue && { deadLetterConfig: { arn: deadLetterQueue.queue.arn } }),
    },
    // Scheduler tests the role when the schedule is created.
    dependsOn: [policy],
  });
  return { group };
}
