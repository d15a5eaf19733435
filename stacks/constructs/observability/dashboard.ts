import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { ConstructError } from "../../errors.ts";
import type { Alarm, CompositeAlarm } from "./alarm.ts";
import type { Metric, MetricMath } from "./metric.ts";
import { toQueryString } from "./saved-queries.ts";

/** Widgets next to each other, of the same width. */
export interface DashboardRow {
  /** In units of CloudWatch's grid. */
  readonly height: number;
  /** 1, 2, 3, 4, 6, 8, 12 or 24: the divisors of the grid's columns. */
  readonly widgets: readonly Widget[];
}

export interface DashboardProps {
  readonly name: string;
  /** From top to bottom. Called at the end of the synthesis, so that they can contain resources that are added later. */
  readonly rows: () => readonly DashboardRow[];
}

/** Columns of CloudWatch's grid. */
const columns = 24;

/**
 * A CloudWatch dashboard that shows the last three hours.
 *
 * Costs about $3 a month idle. The first three of an account are free.
 *
 * @example
 * new Dashboard(this, "service", {
 *   name: "ecobeat-staging", rows: () => [heading("Redis"), { height: 6, widgets: [hits, memory] }],
 * });
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { name, rows }: DashboardProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    new CloudwatchDashboard(this, "dashboard", {
      dashboardName: stack.toGlobalName(name),
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
      dashboardBody: Lazy.stringValue({
        produce: () => JSON.stringify({ start: "-PT3H", widgets: toGrid(name, stack.region, rows()) }),
      }),
    });
  }
}

/** A heading for the rows below it. */
export const heading = (title: string): DashboardRow => ({ height: 1, widgets: [text(`## ${title}`)] });

function toGrid(dashboard: string, region: string, rows: readonly DashboardRow[]) {
  let y = 0;
  return rows.flatMap(({ height, widgets }) => {
    const width = columns / widgets.length;
    if (!Number.isInteger(width)) {
      throw new ConstructError("dashboard-row-uneven", {
        what: `A row of the dashboard "${dashboard}" has ${widgets.length} widgets.`,
        why: `CloudWatch's grid has ${columns} columns, which is no multiple of that.`,
        action: "Put 1, 2, 3, 4, 6 or 8 widgets in a row.",
      });
    }
    const row = widgets.map(({ type, properties }, index) => ({
      x: index * width,
      y,
      width,
      height,
      type,
      properties: { ...properties, ...("region" in properties && { region: properties.region ?? region }) },
    }));
    y += height;
    return row;
  });
}

/** One widget of a dashboard in CloudWatch's format, without its position. */
export interface Widget {
  readonly type: "alarm" | "log" | "metric" | "text";
  /** Where `region` is undefined, it is that of the dashboard. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Text in Markdown. */
export const text = (markdown: string): Widget => ({ type: "text", properties: { markdown } });

/** States of alarms. CloudWatch shows up to a hundred in one widget, of any region. */
export const alarmStatus = (title: string, alarms: readonly (Alarm | CompositeAlarm)[]): Widget => ({
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

/**
 * One number for each line, of the last days as a whole, whatever period the dashboard shows.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export const totals = (title: string, unit: "%", days: number, lines: Lines): Widget => ({
  type: "metric",
  properties: {
    title: `${title} (${unit}, ${days} days)`,
    region: undefined,
    view: "singleValue",
    start: `-P${days}D`,
    end: "P0D",
    setPeriodToTimeRange: true,
    yAxis: { left: { label: unit } },
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
