import { allResources, type DeployActionTable, type Scope, scope } from "./deploy-actions.ts";
import { passableRoles, serviceLinkedRoles } from "./role-actions.ts";

const scaledFunctions: Scope = {
  sid: "ScaledFunctions",
  resources: ({ accountId }) => [`arn:aws:application-autoscaling:*:${accountId}:scalable-target/*`],
  conditions: () => ({ StringEquals: { "application-autoscaling:service-namespace": "lambda" } }),
};
/** The same without a condition, for actions that know none. */
const scalableTargets = scope("ScalableTargets", ({ accountId }) => [
  `arn:aws:application-autoscaling:*:${accountId}:scalable-target/*`,
]);
/** Alarms that scaling makes for itself, in the name of whoever asks for it. */
const scalingAlarms = scope("ScalingAlarms", ({ name, accountId }) => [
  `arn:aws:cloudwatch:*:${accountId}:alarm:TargetTracking-function:${name}-*`,
]);
const budgets = scope("Budgets", ({ name, accountId }) => [`arn:aws:budgets::${accountId}:budget/${name}*`]);
const schedules = scope("Schedules", ({ name, accountId }) => [
  `arn:aws:scheduler:*:${accountId}:schedule/${name}*/*`,
]);
const scheduleGroups = scope("ScheduleGroups", ({ name, accountId }) => [
  `arn:aws:scheduler:*:${accountId}:schedule-group/${name}*`,
]);
const queues = scope("Queues", ({ name, accountId }) => [`arn:aws:sqs:*:${accountId}:${name}-*`]);

/** What runs, scales or costs without a request, and where failures wait. */
export const scheduleActions: DeployActionTable = {
  aws_appautoscaling_policy: {
    read: [[allResources, "application-autoscaling:DescribeScalingPolicies"]],
    write: [
      [
        scaledFunctions,
        "application-autoscaling:DeleteScalingPolicy",
        "application-autoscaling:PutScalingPolicy",
      ],
      [scalingAlarms, "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
    ],
  },
  aws_appautoscaling_target: {
    read: [
      [allResources, "application-autoscaling:DescribeScalableTargets"],
      [scalableTargets, "application-autoscaling:ListTagsForResource"],
    ],
    write: [
      [
        scaledFunctions,
        "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:RegisterScalableTarget",
      ],
      [scalableTargets, "application-autoscaling:TagResource", "application-autoscaling:UntagResource"],
      [serviceLinkedRoles, "iam:CreateServiceLinkedRole"],
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
      [passableRoles, "iam:PassRole"],
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
