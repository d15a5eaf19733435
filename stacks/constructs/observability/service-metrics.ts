import type { BackupMetric } from "../../../scripts/backup/contract.ts";
import {
  type MeasuredCache,
  metricNamespace,
  type ServiceMetric,
  securityEventMetric,
} from "../../../service/contract.ts";
import type { Metric, MetricMath } from "./metric.ts";

/** A metric of the service or of the backup functions, over all functions. */
export const getServiceMetric = (name: ServiceMetric | BackupMetric, statistic: string): Metric => ({
  namespace: metricNamespace,
  name,
  dimensions: {},
  statistic,
});

/** Number of security events with a name of `service/auth/security-events.ts`. */
export const getSecurityEventMetric = (event: string): Metric => ({
  namespace: metricNamespace,
  name: securityEventMetric.name,
  dimensions: { [securityEventMetric.dimension]: event },
  statistic: "Sum",
});

/** Hit ratio of a cache of the service, in percent. */
export function getHitRatio(cache: MeasuredCache): MetricMath {
  const [hits, misses] = [`${cache.toLowerCase()}_hits`, `${cache.toLowerCase()}_misses`];
  return {
    expression: `100 * FILL(${hits}, 0) / (FILL(${hits}, 0) + FILL(${misses}, 0))`,
    metrics: {
      [hits]: getServiceMetric(`${cache}CacheHits`, "Sum"),
      [misses]: getServiceMetric(`${cache}CacheMisses`, "Sum"),
    },
  };
}
