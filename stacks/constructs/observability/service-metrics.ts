import type { BackupMetric } from "../../../scripts/backup/contract.ts";
import {
  type MeasuredCache,
  metricNamespace,
  type ServiceMetric,
  securityEventMetric,
} from "../../../service/contract.ts";
import type { Metric, MetricMath } from "./metric.ts";

/** What the service itself measures, all functions together. */
export const getServiceMetric = (name: ServiceMetric, statistic: string): Metric => ({
  namespace: metricNamespace,
  name,
  dimensions: {},
  statistic,
});

/** What the functions that make and verify backups measure. */
export const getBackupMetric = (name: BackupMetric, statistic: string): Metric => ({
  namespace: metricNamespace,
  name,
  dimensions: {},
  statistic,
});

/** How often an event of security happened, by its name in `service/auth/security-events.ts`. */
export const getSecurityEventMetric = (event: string): Metric => ({
  namespace: metricNamespace,
  name: securityEventMetric.name,
  dimensions: { [securityEventMetric.dimension]: event },
  statistic: "Sum",
});

/** Share of looks into a cache of the service that found something, in percent. */
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
