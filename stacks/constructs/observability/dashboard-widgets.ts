import type { Alarm } from "./alarm.ts";
import type { Metric, NamedMetrics } from "./metric.ts";
import { toQueryString } from "./saved-query.ts";

/** One widget of a dashboard, as CloudWatch reads it, without its place. */
export interface Widget {
  readonly type: "alarm" | "log" | "metric" | "text";
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Words, in Markdown. */
export const text = (markdown: string): Widget => ({ type: "text", properties: { markdown } });

/** Whether alarms ring. CloudWatch shows up to a hundred in one widget, of any region. */
export const alarmStatus = (title: string, alarms: readonly Alarm[]): Widget => ({
  type: "alarm",
  properties: { title, sortBy: "stateUpdatedTimestamp", alarms: alarms.map(({ arn }) => arn) },
});

/** A line of a graph: a metric, or what is computed of several. */
export type Line =
  | { readonly label: string; readonly metric: Metric }
  | { readonly label: string; readonly expression: string; readonly metrics: NamedMetrics }
  /** An expression that finds its metrics by itself: `SEARCH(...)`. */
  | { readonly label: string; readonly search: string };

export interface GraphProps {
  readonly title: string;
  readonly region: string;
  readonly lines: readonly Line[];
  /** What the axis is in. @default a count */
  readonly unit?: "ms" | "s" | "%" | "MB";
}

/** Metrics over time, in periods of five minutes. */
export const graph = ({ title, region, lines, unit }: GraphProps): Widget => ({
  type: "metric",
  properties: {
    title,
    region,
    view: "timeSeries",
    period: 300,
    yAxis: { left: { min: 0, ...(unit && { label: unit, showUnits: false }) } },
    metrics: lines.flatMap(toMetricRows),
  },
});

/** Rows of a line, as CloudWatch reads them. In one graph, names of metrics that are computed with must differ. */
function toMetricRows(line: Line): unknown[] {
  const { label } = line;
  if ("search" in line) return [[{ label, expression: line.search }]];
  if ("metric" in line) return [row(line.metric, { label })];
  return [
    [{ label, expression: line.expression }],
    ...Object.entries(line.metrics).map(([id, metric]) => row(metric, { id, visible: false })),
  ];
}

const row = ({ namespace, name, dimensions, statistic }: Metric, shown: object): unknown[] => [
  namespace,
  name,
  ...Object.entries(dimensions).flat(),
  { stat: statistic, ...shown },
];

export interface ContributorsProps {
  readonly title: string;
  readonly region: string;
  /** Name of a Contributor Insights rule. */
  readonly ruleName: string;
}

/** Who contributes most to what a rule counts. */
export const contributors = ({ title, region, ruleName }: ContributorsProps): Widget => ({
  type: "metric",
  properties: {
    title,
    region,
    view: "timeSeries",
    period: 300,
    insightRule: { ruleName, maxContributorCount: 10, orderBy: "Sum" },
    legend: { position: "right" },
  },
});

export interface TableProps {
  readonly title: string;
  readonly region: string;
  /** Names of log groups. */
  readonly logs: readonly string[];
  readonly commands: readonly string[];
}

/** What a query finds in logs. Each look at the dashboard runs it, billed by the gigabyte. */
export const table = ({ title, region, logs, commands }: TableProps): Widget => ({
  type: "log",
  properties: {
    title,
    region,
    view: "table",
    query: toQueryString([...logs.map((log) => `SOURCE '${log}'`), ...commands]),
  },
});
