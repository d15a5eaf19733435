import { allResources, type DeployActionTable, scope } from "./deploy-actions.ts";

/** The name of the environment is somewhere in that of each group; one is API Gateway's own. */
const groups = scope("LogGroups", ({ name, accountId }) => [
  `arn:aws:logs:*:${accountId}:log-group:*${name}*`,
  `arn:aws:logs:*:${accountId}:log-group:/aws/apigateway/welcome*`,
]);
const deliveries = scope("LogDeliveries", ({ name, accountId }) => [
  // Deliveries have ids that CloudWatch makes up.
  `arn:aws:logs:*:${accountId}:delivery:*`,
  `arn:aws:logs:*:${accountId}:delivery-destination:${name}-*`,
  `arn:aws:logs:*:${accountId}:delivery-source:${name}-*`,
]);
const loggedDistributions = scope("LoggedDistributions", ({ accountId }) => [
  `arn:aws:cloudfront::${accountId}:distribution/*`,
]);
const topics = scope("Topics", ({ name, accountId }) => [`arn:aws:sns:*:${accountId}:${name}-*`]);
const alarms = scope("Alarms", ({ name, accountId }) => [
  `arn:aws:cloudwatch:*:${accountId}:alarm:${name}-*`,
]);

const dashboards = scope("Dashboards", ({ name, accountId }) => [
  `arn:aws:cloudwatch::${accountId}:dashboard/${name}*`,
]);
const insightRules = scope("InsightRules", ({ name, accountId }) => [
  `arn:aws:cloudwatch:*:${accountId}:insight-rule/${name}-*`,
]);

const deliveryTags = [[deliveries, "logs:TagResource", "logs:UntagResource"]] as const;

/** Logs and alarms. What is in the logs is for nobody who deploys. */
export const observabilityActions: DeployActionTable = {
  aws_cloudwatch_contributor_insight_rule: {
    read: [
      [allResources, "cloudwatch:DescribeInsightRules"],
      [insightRules, "cloudwatch:ListTagsForResource"],
    ],
    write: [
      [
        insightRules,
        "cloudwatch:DeleteInsightRules",
        "cloudwatch:DisableInsightRules",
        "cloudwatch:EnableInsightRules",
        "cloudwatch:PutInsightRule",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ],
    ],
  },
  aws_cloudwatch_dashboard: {
    read: [[dashboards, "cloudwatch:GetDashboard"]],
    write: [[dashboards, "cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"]],
  },
  aws_cloudwatch_log_data_protection_policy: {
    read: [[groups, "logs:GetDataProtectionPolicy"]],
    write: [[groups, "logs:DeleteDataProtectionPolicy", "logs:PutDataProtectionPolicy"]],
  },
  aws_cloudwatch_log_delivery: {
    read: [[deliveries, "logs:GetDelivery", "logs:ListTagsForResource"]],
    write: [
      [deliveries, "logs:CreateDelivery", "logs:DeleteDelivery", "logs:UpdateDeliveryConfiguration"],
      ...deliveryTags,
      [allResources, "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"],
    ],
  },
  aws_cloudwatch_log_delivery_destination: {
    read: [[deliveries, "logs:GetDeliveryDestination", "logs:ListTagsForResource"]],
    write: [[deliveries, "logs:DeleteDeliveryDestination", "logs:PutDeliveryDestination"], ...deliveryTags],
  },
  aws_cloudwatch_log_delivery_source: {
    read: [[deliveries, "logs:GetDeliverySource", "logs:ListTagsForResource"]],
    write: [
      [deliveries, "logs:DeleteDeliverySource", "logs:PutDeliverySource"],
      ...deliveryTags,
      [loggedDistributions, "cloudfront:AllowVendedLogDeliveryForResource"],
    ],
  },
  aws_cloudwatch_log_group: {
    read: [
      [allResources, "logs:DescribeLogGroups"],
      [groups, "logs:ListTagsForResource"],
    ],
    write: [
      [
        groups,
        "logs:AssociateKmsKey",
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:PutRetentionPolicy",
        "logs:TagResource",
        "logs:UntagResource",
      ],
    ],
  },
  aws_cloudwatch_log_metric_filter: {
    read: [[groups, "logs:DescribeMetricFilters"]],
    write: [[groups, "logs:DeleteMetricFilter", "logs:PutMetricFilter"]],
  },
  aws_cloudwatch_log_resource_policy: {
    read: [[allResources, "logs:DescribeResourcePolicies"]],
    write: [[allResources, "logs:DeleteResourcePolicy", "logs:PutResourcePolicy"]],
  },
  aws_cloudwatch_metric_alarm: {
    read: [[alarms, "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]],
    write: [
      [
        alarms,
        "cloudwatch:DeleteAlarms",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ],
    ],
  },
  aws_cloudwatch_query_definition: {
    read: [[allResources, "logs:DescribeQueryDefinitions"]],
    write: [[allResources, "logs:DeleteQueryDefinition", "logs:PutQueryDefinition"]],
  },
  aws_sns_topic: {
    read: [[topics, "sns:GetTopicAttributes", "sns:ListTagsForResource"]],
    write: [
      [
        topics,
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:SetTopicAttributes",
        "sns:TagResource",
        "sns:UntagResource",
      ],
    ],
  },
  aws_sns_topic_policy: {
    read: [[topics, "sns:GetTopicAttributes"]],
    write: [[topics, "sns:SetTopicAttributes"]],
  },
  aws_sns_topic_subscription: {
    read: [[topics, "sns:GetSubscriptionAttributes"]],
    write: [[topics, "sns:SetSubscriptionAttributes", "sns:Subscribe", "sns:Unsubscribe"]],
  },
};
