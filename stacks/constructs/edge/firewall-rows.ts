import { type DashboardRow, heading } from "../observability/dashboard.ts";
import { graph } from "../observability/dashboard-widgets.ts";
import type { Metric } from "../observability/metric.ts";

/** A firewall as a dashboard shows it. */
export interface DashboardFirewall {
  readonly title: string;
  readonly region: string;
  readonly allowed: Metric;
  readonly blocked: Metric;
  /** Whether it stands before CloudFront, whose own failures are then shown beside it. */
  readonly distribution: boolean;
}

/** The distribution is made later, with an id that nobody knows yet. There is one in the account. */
const distributionFailures = `SEARCH('{AWS/CloudFront,DistributionId,Region} MetricName="5xxErrorRate"', 'Average', 300)`;

/** What firewalls let through and refused, and how often CloudFront itself failed. */
export function firewallRows(firewalls: readonly DashboardFirewall[]): DashboardRow[] {
  const graphs = firewalls.flatMap(({ title, region, allowed, blocked, distribution }) => [
    graph({
      title,
      region,
      lines: [
        { label: "allowed", metric: allowed },
        { label: "refused", metric: blocked },
      ],
    }),
    ...(distribution
      ? [
          graph({
            title: "CloudFront's failures",
            region,
            unit: "%",
            lines: [{ label: "", search: distributionFailures }],
          }),
        ]
      : []),
  ]);
  return [heading("Firewall"), { height: 6, widgets: graphs }];
}
