import { toGlobalName } from "../names.ts";
import {
  allAlarms,
  allResources,
  type DeployActionTable,
  namedScope,
  readWrite,
  type Scope,
  scope,
  tagging,
} from "./deploy-actions.ts";
import { passableRoles, serviceLinkedRoles } from "./role-actions.ts";

/** For actions that support no condition. */
const scalableTargets = scope("ScalableTargets", "application-autoscaling", ({ accountId }) => [
  `arn:aws:application-autoscaling:*:${accountId}:scalable-target/*`,
]);
const scaledFunctions: Scope = {
  ...scalableTargets,
  sid: "ScaledFunctions",
  conditions: () => ({ StringEquals: { "application-autoscaling:service-namespace": "lambda" } }),
};
/** Alarms that Application Auto Scaling creates with the permissions of its caller. */
const scalingAlarms = namedScope("ScalingAlarms", "cloudwatch", (prefix) => [
  `alarm:TargetTracking-function:${prefix}-*`,
]);
const monthlyBudgets = scope("Budgets", "budgets", ({ namePrefix, region, accountId }) => [
  `arn:aws:budgets::${accountId}:budget/${toGlobalName(namePrefix, { region })}`,
]);
const schedules = namedScope("Schedules", "scheduler", (prefix) => [`schedule/${prefix}*/*`]);
const scheduleGroups = namedScope("ScheduleGroups", "scheduler", (prefix) => [`schedule-group/${prefix}*`]);
const queues = namedScope("Queues", "sqs", (prefix) => [`${prefix}-*`]);

/** Schedules, scaling, budgets, and queues of failed events. */
export const scheduleActions: DeployActionTable = {
  aws_appautoscaling_policy: readWrite(
    [allResources, "application-autoscaling:DescribeScalingPolicies"],
    [scaledFunctions, "DeleteScalingPolicy", "PutScalingPolicy"],
    [scalingAlarms, "DeleteAlarms", "PutMetricAlarm"],
    [allAlarms, "DescribeAlarms"],
  ),
  aws_appautoscaling_target: {
    read: [
      [allResources, "application-autoscaling:DescribeScalableTargets"],
      [scalableTargets, "ListTagsForResource"],
    ],
    write: [
      [scaledFunctions, "DeregisterScalableTarget", "RegisterScalableTarget"],
      tagging(scalableTargets),
      [serviceLinkedRoles, "CreateServiceLinkedRole"],
    ],
  },
  aws_budgets_budget: readWrite(
    [monthlyBudgets, "ListTagsForResource", "ViewBudget"],
    [monthlyBudgets, "ModifyBudget"],
    tagging(monthlyBudgets),
  ),
  aws_scheduler_schedule: readWrite(
    [schedules, "GetSchedule"],
    [schedules, "CreateSchedule", "DeleteSchedule", "UpdateSchedule"],
    [passableRoles, "PassRole"],
  ),
  aws_scheduler_schedule_group: readWrite(
    [scheduleGroups, "GetScheduleGroup", "ListTagsForResource"],
    [scheduleGroups, "CreateScheduleGroup", "DeleteScheduleGroup"],
    // With a group, EventBridge deletes its schedules.
    [schedules, "DeleteSchedule"],
    tagging(scheduleGroups),
  ),
  aws_sqs_queue: readWrite(
    [queues, "GetQueueAttributes", "GetQueueUrl", "ListQueueTags"],
    [queues, "CreateQueue", "DeleteQueue", "SetQueueAttributes", "TagQueue", "UntagQueue"],
  ),
  aws_sqs_queue_policy: readWrite([queues, "GetQueueAttributes"], [queues, "SetQueueAttributes"]),
};
