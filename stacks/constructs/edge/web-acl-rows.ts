import { type DashboardRow, heading } from "../observability/dashboard.ts";
import { graph } from "../observability/dashboard-widgets.ts";
import type { Metric } from "../observability/metric.ts";

/** A web ACL as a dashboard shows it. */
export interface DashboardWebAcl {
  readonly title: string;
  readonly region: string;
  readonly allowed: Metric;
  readonly blocked: Metric;
  /** Whether it stands before CloudFront, whose own failures are then shown beside it. */
  readonly distribution: boolean;
}

/** The distribution is made later, with an id that nobody knows yet. There is one in the account. */
const distributionFailures = `SEARCH('{AWS/CloudFront,DistributionId,Region} MetricName="5xxErrorRate"', 'Average', 300)`;

/** What web ACLs allowed and blocked, and how often CloudFront itself failed. */
export function createWebAclRows(webAcls: readonly DashboardWebAcl[]): DashboardRow[] {
  const graphs = webAcls.flatMap(({ title, region, allowed, blocked, distribution }) => [
    graph({
      title,
      region,
      lines: [
        { label: "allowed", metric: allowed },
        { label: "blocked", metric: blocked },
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
  return [heading("WAF"), { height: 6, widgets: graphs }];
}
