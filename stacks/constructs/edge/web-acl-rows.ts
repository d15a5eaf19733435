import { globalRegion } from "../../global-region.ts";
import { type DashboardRow, graph, heading } from "../observability/dashboard.ts";
import { getWebAclMetrics, type WebAclRef } from "./web-acl.ts";

/** The distribution is deployed later, so its id is unknown. The account has only one. */
const search = `SEARCH('{AWS/CloudFront,DistributionId,Region} MetricName="5xxErrorRate"', 'Average', 300)`;

/** Requests that web ACLs allow and block, and the error rate of CloudFront if one protects it. */
export function createWebAclRows(webAcls: readonly WebAclRef[], region: string): DashboardRow[] {
  const graphs = webAcls.flatMap((acl) =>
    acl.scope === "REGIONAL"
      ? [graph("Web ACL of the API", "count", getWebAclMetrics(acl, region))]
      : [
          graph("Web ACL of CloudFront", "count", getWebAclMetrics(acl, globalRegion), globalRegion),
          graph("CloudFront error rate", "%", { "": { search } }, globalRegion),
        ],
  );
  return [heading("WAF"), { height: 6, widgets: graphs }];
}
