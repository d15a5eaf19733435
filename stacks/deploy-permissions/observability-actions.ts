import { toGlobalName } from "../names.ts";
import { allResources, type DeployActionTable, namedScope, scope, tagging } from "./deploy-actions.ts";

/** The name of each group contains the environment's prefix, except one of API Gateway. */
const groups = namedScope("LogGroups", "logs", (prefix) => [
  `log-group:*${prefix}*`,
  "log-group:/aws/apigateway/welcome*",
]);
const deliveries = namedScope("LogDeliveries", "logs", (prefix) => [
  // CloudWatch chooses the ids of deliveries.
  "delivery:*",
  `delivery-destination:${prefix}-*`,
  `delivery-source:${prefix}-*`,
]);
const loggedDistributions = scope("LoggedDistributions", "cloudfront", ({ accountId }) => [
  `arn:aws:cloudfront::${accountId}:distribution/*`,
]);
const topics = namedScope("Topics", "sns", (prefix) => [`${prefix}-*`]);
const alarms = namedScope("Alarms", "cloudwatch", (prefix) => [`alarm:${prefix}-*`]);
const insightRules = namedScope("InsightRules", "cloudwatch", (prefix) => [`insight-rule/${prefix}-*`]);
const dashboards = scope("Dashboards", "cloudwatch", ({ namePrefix, region, accountId }) => [
  `arn:aws:cloudwatch::${accountId}:dashboard/${toGlobalName(namePrefix, { region })}`,
]);

/** Logs, alarms and dashboards. No deploy role reads log events. */
export const observabilityActions: DeployActionTable = {
  aws_cloudwatch_contributor_insight_rule: {
    read: [
      [allResources, "cloudwatch:DescribeInsightRules"],
      [insightRules, "ListTagsForResource"],
    ],
    write: [
      [insightRules, "DeleteInsightRules", "DisableInsightRules", "EnableInsightRules", "PutInsightRule"],
      tagging(insightRules),
    ],
  },
  aws_cloudwatch_dashboard: {
    read: [[dashboards, "GetDashboard"]],
    write: [[dashboards, "DeleteDashboards", "PutDashboard"]],
  },
  aws_cloudwatch_log_data_protection_policy: {
    read: [[groups, "GetDataProtectionPolicy"]],
    write: [[groups, "DeleteDataProtectionPolicy", "PutDataProtectionPolicy"]],
  },
  aws_cloudwatch_log_delivery: {
    read: [[deliveries, "GetDelivery", "ListTagsForResource"]],
    write: [
      [deliveries, "CreateDelivery", "DeleteDelivery", "UpdateDeliveryConfiguration"],
      tagging(deliveries),
      [allResources, "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"],
    ],
  },
  aws_cloudwatch_log_delivery_destination: {
    read: [[deliveries, "GetDeliveryDestination", "ListTagsForResource"]],
    write: [[deliveries, "DeleteDeliveryDestination", "PutDeliveryDestination"], tagging(deliveries)],
  },
  aws_cloudwatch_log_delivery_source: {
    read: [[deliveries, "GetDeliverySource", "ListTagsForResource"]],
    write: [
      [deliveries, "DeleteDeliverySource", "PutDeliverySource"],
      tagging(deliveries),
      [loggedDistributions, "AllowVendedLogDeliveryForResource"],
    ],
  },
  aws_cloudwatch_log_group: {
    read: [
      [allResources, "logs:DescribeLogGroups"],
      [groups, "ListTagsForResource"],
    ],
    write: [
      [groups, "AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy"],
      tagging(groups),
    ],
  },
  aws_cloudwatch_log_metric_filter: {
    read: [[groups, "DescribeMetricFilters"]],
    write: [[groups, "DeleteMetricFilter", "PutMetricFilter"]],
  },
  aws_cloudwatch_log_resource_policy: {
    read: [[allResources, "logs:DescribeResourcePolicies"]],
    write: [[allResources, "logs:DeleteResourcePolicy", "logs:PutResourcePolicy"]],
  },
  aws_cloudwatch_metric_alarm: {
    read: [[alarms, "DescribeAlarms", "ListTagsForResource"]],
    write: [[alarms, "DeleteAlarms", "PutMetricAlarm"], tagging(alarms)],
  },
  aws_cloudwatch_query_definition: {
    read: [[allResources, "logs:DescribeQueryDefinitions"]],
    write: [[allResources, "logs:DeleteQueryDefinition", "logs:PutQueryDefinition"]],
  },
  aws_sns_topic: {
    read: [[topics, "GetTopicAttributes", "ListTagsForResource"]],
    write: [[topics, "CreateTopic", "DeleteTopic", "SetTopicAttributes"], tagging(topics)],
  },
  aws_sns_topic_policy: {
    read: [[topics, "GetTopicAttributes"]],
    write: [[topics, "SetTopicAttributes"]],
  },
  aws_sns_topic_subscription: {
    read: [[topics, "GetSubscriptionAttributes"]],
    write: [[topics, "SetSubscriptionAttributes", "Subscribe", "Unsubscribe"]],
  },
};
