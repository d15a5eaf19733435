import { anything, type DeployActionTable, on, type Scope } from "./deploy-actions.ts";
import { passed, serviceRoles } from "./role-actions.ts";

const scaled: Scope = {
  sid: "ScaledFunctions",
  resources: ({ accountId }) => [`arn:aws:application-autoscaling:*:${accountId}:scalable-target/*`],
  conditions: () => ({ StringEquals: { "application-autoscaling:service-namespace": "lambda" } }),
};
/** The same without a condition, for actions that know none. */
const scalableTargets = on("ScalableTargets", ({ accountId }) => [
  `arn:aws:application-autoscaling:*:${accountId}:scalable-target/*`,
]);
/** Alarms that scaling makes for itself, in the name of whoever asks for it. */
const scalingAlarms = on("ScalingAlarms", ({ name, accountId }) => [
  `arn:aws:cloudwatch:*:${accountId}:alarm:TargetTracking-function:${name}-*`,
]);
const budgets = on("Budgets", ({ name, accountId }) => [`arn:aws:budgets::${accountId}:budget/${name}*`]);
const schedules = on("Schedules", ({ name, accountId }) => [
  `arn:aws:scheduler:*:${accountId}:schedule/${name}*/*`,
]);
const scheduleGroups = on("ScheduleGroups", ({ name, accountId }) => [
  `arn:aws:scheduler:*:${accountId}:schedule-group/${name}*`,
]);
const queues = on("Queues", ({ name, accountId }) => [`arn:aws:sqs:*:${accountId}:${name}-*`]);

/** What runs, scales or costs without a request, and where failures wait. */
export const scheduleActions: DeployActionTable = {
  aws_appautoscaling_policy: {
    read: [[anything, "application-autoscaling:DescribeScalingPolicies"]],
    write: [
      [scaled, "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:PutScalingPolicy"],
      [scalingAlarms, "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
    ],
  },
  aws_appautoscaling_target: {
    read: [
      [anything, "application-autoscaling:DescribeScalableTargets"],
      [scalableTargets, "application-autoscaling:ListTagsForResource"],
    ],
    write: [
      [
        scaled,
        "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:RegisterScalableTarget",
      ],
      [scalableTargets, "application-autoscaling:TagResource", "application-autoscaling:UntagResource"],
      [serviceRoles, "iam:CreateServiceLinkedRole"],
    ],
  },
  aws_budgets_budget: {
    read: [[budgets, "budgets:ListTagsForResource", "budgets:ViewBudget"]],
    write: [[budgets, "budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"]],
  },
  aws_scheduler_schedule: {
    read: [[schedules, "scheduler:GetSchedule"]],
    write: [
      [schedules, "scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"],
      [passed, "iam:PassRole"],
    ],
  },
  aws_scheduler_schedule_group: {
    read: [[scheduleGroups, "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"]],
    write: [
      [
        scheduleGroups,
        "scheduler:CreateScheduleGroup",
        "scheduler:DeleteScheduleGroup",
        "scheduler:TagResource",
        "scheduler:UntagResource",
      ],
    ],
  },
  aws_sqs_queue: {
    read: [[queues, "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"]],
    write: [
      [
        queues,
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:SetQueueAttributes",
        "sqs:TagQueue",
        "sqs:UntagQueue",
      ],
    ],
  },
  aws_sqs_queue_policy: {
    read: [[queues, "sqs:GetQueueAttributes"]],
    write: [[queues, "sqs:SetQueueAttributes"]],
  },
};
