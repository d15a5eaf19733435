import type { Alarm } from "./alarm.ts";
import type { Metric, MetricMath } from "./metric.ts";
import { toQueryString } from "./saved-query.ts";

/** One widget of a dashboard in CloudWatch's format, without its position. */
export interface Widget {
  readonly type: "alarm" | "log" | "metric" | "text";
  /** Where `region` is undefined, it is that of the dashboard. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Text in Markdown. */
export const text = (markdown: string): Widget => ({ type: "text", properties: { markdown } });

/** States of alarms. CloudWatch shows up to a hundred in one widget, of any region. */
export const alarmStatus = (title: string, alarms: readonly Alarm[]): Widget => ({
  type: "alarm",
  properties: { title, sortBy: "stateUpdatedTimestamp", alarms: alarms.map(({ arn }) => arn) },
});

/** Lines of a graph by their labels: metrics, computed metrics, or `SEARCH(...)` expressions. */
export type Lines = Readonly<Record<string, Metric | MetricMath | { readonly search: string }>>;

/**
 * Metrics over time, in periods of five minutes. In one graph, the names of metrics in expressions must differ.
 *
 * @param unit of the y-axis
 * @param region of the metrics; @default that of the dashboard
 */
export const graph = (
  title: string,
  unit: "count" | "ms" | "s" | "%" | "MB",
  lines: Lines,
  region?: string,
): Widget => ({
  type: "metric",
  properties: {
    title,
    region,
    view: "timeSeries",
    period: 300,
    yAxis: { left: { min: 0, ...(unit !== "count" && { label: unit, showUnits: false }) } },
    metrics: Object.entries(lines).flatMap(toMetricRows),
  },
});

function toMetricRows([label, line]: [string, Lines[string]]): unknown[] {
  if ("search" in line) return [[{ label, expression: line.search }]];
  if ("name" in line) return [toMetricRow(line, { label })];
  return [
    [{ label, expression: line.expression }],
    ...Object.entries(line.metrics).map(([id, metric]) => toMetricRow(metric, { id, visible: false })),
  ];
}

const toMetricRow = ({ namespace, name, dimensions, statistic }: Metric, options: object): unknown[] => [
  namespace,
  name,
  ...Object.entries(dimensions).flat(),
  { stat: statistic, ...options },
];

/** The top contributors of a Contributor Insights rule. */
export const contributors = (title: string, ruleName: string): Widget => ({
  type: "metric",
  properties: {
    title,
    region: undefined,
    view: "timeSeries",
    period: 300,
    insightRule: { ruleName, maxContributorCount: 10, orderBy: "Sum" },
    legend: { position: "right" },
  },
});

/**
 * The result of a query. Each view of the dashboard runs it, billed by the gigabyte.
 *
 * @param logs names of log groups
 */
export const table = (title: string, logs: readonly string[], commands: readonly string[]): Widget => ({
  type: "log",
  properties: {
    title,
    region: undefined,
    view: "table",
    query: toQueryString([...logs.map((log) => `SOURCE '${log}'`), ...commands]),
  },
});
