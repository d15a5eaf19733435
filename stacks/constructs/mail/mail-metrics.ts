import type { DeployedEnvironment } from "../../../service/contract.ts";
import { mailConfigurationSet } from "../../names.ts";
import type { Metric } from "../observability/metric.ts";

/** The dimension of events of mails. */
export const configurationSetDimension = "ses:configuration-set";

const toAccountMetric = (name: string, statistic: string): Metric => ({
  namespace: "AWS/SES",
  name,
  dimensions: {},
  statistic,
});

/** Shares of mails of the account, from 0 to 1, by which SES judges it: https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html */
export const reputationMetrics = {
  bounces: toAccountMetric("Reputation.BounceRate", "Maximum"),
  complaints: toAccountMetric("Reputation.ComplaintRate", "Maximum"),
} as const;

/** Mails of the account that SES accepted, and those that the servers of recipients accepted. */
export const deliveryMetrics = {
  accepted: toAccountMetric("Send", "Sum"),
  delivered: toAccountMetric("Delivery", "Sum"),
} as const;

/** Number of events of mails of an environment, as its configuration set publishes them. */
export const getMailEventMetric = (
  environment: DeployedEnvironment,
  name: "Bounce" | "Complaint" | "Reject" | "DeliveryDelay",
): Metric => ({
  namespace: "AWS/SES",
  name,
  dimensions: { [configurationSetDimension]: mailConfigurationSet(environment) },
  statistic: "Sum",
});

/** A metric of a queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
export const getQueueMetric = (queueName: string, name: string, statistic: string): Metric => ({
  namespace: "AWS/SQS",
  name,
  dimensions: { QueueName: queueName },
  statistic,
});
