import { toGlobalName } from "../names.ts";
import {
  allAlarms,
  allResources,
  type DeployActionTable,
  namedScope,
  readWrite,
  scope,
  tagging,
} from "./deploy-actions.ts";

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
  // CloudWatch requires all but tags on all alarms:
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html, and API_DescribeAlarms.html
  aws_cloudwatch_composite_alarm: {
    read: [
      [allAlarms, "DescribeAlarms"],
      [alarms, "ListTagsForResource"],
    ],
    write: [[allAlarms, "DeleteAlarms", "PutCompositeAlarm"], tagging(alarms)],
  },
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
  aws_cloudwatch_dashboard: readWrite([dashboards, "GetDashboard"], [dashboards, "DeleteDashboards", "PutDashboard"]),
  aws_cloudwatch_log_data_protection_policy: readWrite(
    [groups, "GetDataProtectionPolicy"],
    [groups, "DeleteDataProtectionPolicy", "PutDataProtectionPolicy"],
  ),
  aws_cloudwatch_log_delivery: readWrite(
    [deliveries, "GetDelivery", "ListTagsForResource"],
    [deliveries, "CreateDelivery", "DeleteDelivery", "UpdateDeliveryConfiguration"],
    tagging(deliveries),
    [allResources, "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"],
  ),
  aws_cloudwatch_log_delivery_destination: readWrite(
    [deliveries, "GetDeliveryDestination", "ListTagsForResource"],
    [deliveries, "DeleteDeliveryDestination", "PutDeliveryDestination"],
    tagging(deliveries),
  ),
  aws_cloudwatch_log_delivery_source: readWrite(
    [deliveries, "GetDeliverySource", "ListTagsForResource"],
    [deliveries, "DeleteDeliverySource", "PutDeliverySource"],
    tagging(deliveries),
    [loggedDistributions, "AllowVendedLogDeliveryForResource"],
  ),
  aws_cloudwatch_log_group: {
    read: [
      [allResources, "logs:DescribeLogGroups"],
      [groups, "ListTagsForResource"],
    ],
    write: [[groups, "AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy"], tagging(groups)],
  },
  aws_cloudwatch_log_metric_filter: readWrite(
    [groups, "DescribeMetricFilters"],
    [groups, "DeleteMetricFilter", "PutMetricFilter"],
  ),
  aws_cloudwatch_log_resource_policy: readWrite(
    [allResources, "logs:DescribeResourcePolicies"],
    [allResources, "logs:DeleteResourcePolicy", "logs:PutResourcePolicy"],
  ),
  aws_cloudwatch_metric_alarm: {
    read: [
      [allAlarms, "DescribeAlarms"],
      [alarms, "ListTagsForResource"],
    ],
    write: [[alarms, "DeleteAlarms", "PutMetricAlarm"], tagging(alarms)],
  },
  aws_cloudwatch_query_definition: readWrite(
    [allResources, "logs:DescribeQueryDefinitions"],
    [allResources, "logs:DeleteQueryDefinition", "logs:PutQueryDefinition"],
  ),
  aws_sns_topic: readWrite(
    [topics, "GetTopicAttributes", "ListTagsForResource"],
    [topics, "CreateTopic", "DeleteTopic", "SetTopicAttributes"],
    tagging(topics),
  ),
  aws_sns_topic_policy: readWrite([topics, "GetTopicAttributes"], [topics, "SetTopicAttributes"]),
  aws_sns_topic_subscription: readWrite(
    [topics, "GetSubscriptionAttributes"],
    [topics, "SetSubscriptionAttributes", "Subscribe", "Unsubscribe"],
  ),
};
