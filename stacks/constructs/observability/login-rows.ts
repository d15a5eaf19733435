import type { DashboardRow } from "./dashboard.ts";
import { graph } from "./dashboard-widgets.ts";
import { getSecurityEventMetric, getServiceMetric } from "./service-metrics.ts";

/** What a dashboard shows of who logs in, and of who tries to. */
export const createLoginRows = (region: string): DashboardRow[] => [
  {
    height: 6,
    widgets: [
      graph({
        title: "Logins and refreshes",
        region,
        lines: [
          { label: "logins", metric: getServiceMetric("Logins", "Sum") },
          { label: "refreshes", metric: getServiceMetric("Refreshes", "Sum") },
        ],
      }),
      graph({
        title: "Attacks on accounts",
        region,
        lines: [
          { label: "wrong password", metric: getSecurityEventMetric("login_failed") },
          { label: "tried too often", metric: getSecurityEventMetric("rate_limited") },
          { label: "refresh token used twice", metric: getSecurityEventMetric("refresh_token_reused") },
        ],
      }),
      graph({
        title: "Signing a token",
        region,
        unit: "ms",
        lines: [
          { label: "average", metric: getServiceMetric("SignDuration", "Average") },
          { label: "p99", metric: getServiceMetric("SignDuration", "p99") },
        ],
      }),
    ],
  },
];
