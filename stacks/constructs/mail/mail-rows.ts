import { type DashboardRow, graph, heading } from "../observability/dashboard.ts";
import { getServiceMetric } from "../observability/service-metrics.ts";

/** What a dashboard shows of mails. */
export const mailRows: readonly DashboardRow[] = [
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
    ],
  },
];
