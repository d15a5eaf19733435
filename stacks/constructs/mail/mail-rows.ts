import type { DeployedEnvironment } from "../../../service/contract.ts";
import { mailQueueName } from "../../names.ts";
import { type DashboardRow, graph, heading } from "../observability/dashboard.ts";
import { getServiceMetric } from "../observability/service-metrics.ts";
import { deliveryMetrics, getMailEventMetric, getQueueMetric } from "./mail-metrics.ts";

/** What a dashboard shows of the mails of an environment. */
export const createMailRows = (environment: DeployedEnvironment): DashboardRow[] => [
  heading("Mails"),
  {
    height: 6,
    widgets: [
      graph("Mails from requests", "count", {
        queued: getServiceMetric("MailsQueued", "Sum"),
        "not queued": getServiceMetric("MailsNotQueued", "Sum"),
      }),
      graph("Mails to SES", "count", {
        sent: getServiceMetric("MailsSent", "Sum"),
        "failed tries": getServiceMetric("MailsFailed", "Sum"),
        expired: getServiceMetric("MailsExpired", "Sum"),
      }),
      graph("Age of the oldest mail in the queue", "s", {
        maximum: getQueueMetric(mailQueueName(environment), "ApproximateAgeOfOldestMessage", "Maximum"),
      }),
      graph("Mails to recipients", "count", {
        delivered: deliveryMetrics.delivered,
        delayed: getMailEventMetric(environment, "DeliveryDelay"),
        bounced: getMailEventMetric(environment, "Bounce"),
        complained: getMailEventMetric(environment, "Complaint"),
        rejected: getMailEventMetric(environment, "Reject"),
      }),
    ],
  },
];
