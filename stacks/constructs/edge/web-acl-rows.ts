import { type DashboardRow, heading } from "../observability/dashboard.ts";
import { graph } from "../observability/dashboard-widgets.ts";
import type { Metric } from "../observability/metric.ts";

/** A web ACL as a dashboard shows it. */
export interface DashboardWebAcl {
  readonly title: string;
  readonly region: string;
  readonly allowed: Metric;
  readonly blocked: Metric;
  /** Whether it protects CloudFront, whose error rate is then shown next to it. */
  readonly distribution: boolean;
}

/** The distribution is deployed later, so its id is unknown. The account has only one. */
const distributionFailures = `SEARCH('{AWS/CloudFront,DistributionId,Region} MetricName="5xxErrorRate"', 'Average', 300)`;

/** Requests that web ACLs allow and block, and the error rate of CloudFront. */
export function createWebAclRows(webAcls: readonly DashboardWebAcl[]): DashboardRow[] {
  const graphs = webAcls.flatMap(({ title, region, allowed, blocked, distribution }) => [
    graph(title, "count", { allowed, blocked }, region),
    ...(distribution
      ? [graph("CloudFront error rate", "%", { "": { search: distributionFailures } }, region)]
      : []),
  ]);
  return [heading("WAF"), { height: 6, widgets: graphs }];
}
