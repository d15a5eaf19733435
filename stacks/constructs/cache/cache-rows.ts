import { type DashboardRow, graph, heading, type Lines } from "../observability/dashboard.ts";
import type { Cache } from "./cache.ts";

const hits = 'SUM(METRICS("hits"))';
const misses = 'SUM(METRICS("misses"))';

/**
 * What a dashboard shows of a cache.
 *
 * @param failures requests that failed to reach it
 */
export function cacheRows(cache: Cache, failures: Lines): DashboardRow[] {
  const getMetrics = (prefix: string, name: string, statistic: string) =>
    Object.fromEntries(
      Object.entries(cache.getNodeMetrics(name, statistic)).map(([node, metric]) => [prefix + node, metric]),
    );
  return [
    heading("Redis"),
    {
      height: 6,
      widgets: [
        graph("Hit ratio", "%", {
          hits: {
            expression: `100 * ${hits} / (${hits} + ${misses})`,
            metrics: { ...getMetrics("hits_", "CacheHits", "Sum"), ...getMetrics("misses_", "CacheMisses", "Sum") },
          },
        }),
        graph("Memory and CPU", "%", {
          ...getMetrics("memory ", "DatabaseMemoryUsagePercentage", "Maximum"),
          ...getMetrics("CPU ", cache.cpuMetric.name, "Average"),
        }),
        graph("Connections", "count", getMetrics("connections ", "CurrConnections", "Maximum")),
        graph("Evictions, and requests without Redis", "count", {
          ...getMetrics("evictions ", "Evictions", "Sum"),
          ...failures,
        }),
      ],
    },
  ];
}
