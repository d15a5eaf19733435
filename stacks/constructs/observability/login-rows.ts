import type { DashboardRow } from "./dashboard.ts";
import { graph } from "./dashboard-widgets.ts";
import { ofSecurity, ofService } from "./service-metrics.ts";

/** What a dashboard shows of who logs in, and of who tries to. */
export const loginRows = (region: string): DashboardRow[] => [
  {
    height: 6,
    widgets: [
      graph({
        title: "Logins and refreshes",
        region,
        lines: [
          { label: "logins", metric: ofService("Logins", "Sum") },
          { label: "refreshes", metric: ofService("Refreshes", "Sum") },
        ],
      }),
      graph({
        title: "Attacks on accounts",
        region,
        lines: [
          { label: "wrong password", metric: ofSecurity("login_failed") },
          { label: "tried too often", metric: ofSecurity("rate_limited") },
          { label: "refresh token used twice", metric: ofSecurity("refresh_token_reused") },
        ],
      }),
      graph({
        title: "Signing a token",
        region,
        unit: "ms",
        lines: [
          { label: "average", metric: ofService("SignDuration", "Average") },
          { label: "p99", metric: ofService("SignDuration", "p99") },
        ],
      }),
    ],
  },
];
