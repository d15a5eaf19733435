import { type DashboardRow, heading } from "../observability/dashboard.ts";
import { graph, type Line } from "../observability/dashboard-widgets.ts";
import type { Cache } from "./cache.ts";

const hits = 'SUM(METRICS("hits"))';
const misses = 'SUM(METRICS("misses"))';

/**
 * How a cache does.
 *
 * @param failures requests that did not reach it
 */
export function cacheRows(region: string, cache: Cache, failures: readonly Line[]): DashboardRow[] {
  const summed = (prefix: string, name: string) =>
    Object.fromEntries(
      Object.entries(cache.getNodeMetrics(name, "Sum")).map(([node, metric]) => [
        `${prefix}_${node}`,
        metric,
      ]),
    );
  const nodes = (label: string, name: string, statistic: string): Line[] =>
    Object.entries(cache.getNodeMetrics(name, statistic)).map(([node, metric]) => ({
      label: `${label} ${node}`,
      metric,
    }));
  return [
    heading("Redis"),
    {
      height: 6,
      widgets: [
        graph({
          title: "Hit ratio",
          region,
          unit: "%",
          lines: [
            {
              label: "hits",
              expression: `100 * ${hits} / (${hits} + ${misses})`,
              metrics: { ...summed("hits", "CacheHits"), ...summed("misses", "CacheMisses") },
            },
          ],
        }),
        graph({
          title: "Memory and processor",
          region,
          unit: "%",
          lines: [
            ...nodes("memory", "DatabaseMemoryUsagePercentage", "Maximum"),
            ...nodes("processor", "CPUUtilization", "Average"),
          ],
        }),
        graph({ title: "Connections", region, lines: nodes("connections", "CurrConnections", "Maximum") }),
        graph({
          title: "Dropped sessions, and requests that did not reach it",
          region,
          lines: [...nodes("dropped", "Evictions", "Sum"), ...failures],
        }),
      ],
    },
  ];
}
