import { logMetrics, securityEventMetric, serviceMetrics } from "../../../service/contract.ts";
import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { isMeasured, type NamedMetric } from "./metrics.ts";
import { getEnvironment, type Resource, resources } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

const dashboardType = "aws_cloudwatch_dashboard";

/** The widgets of a dashboard in CloudWatch's format. */
export const getWidgets = ({ attributes }: Pick<Resource, "attributes">): Attributes[] =>
  JSON.parse(attributes.dashboard_body).widgets;

/** The metrics that a widget shows or uses in an expression. */
export function getWidgetMetrics(dashboard: Resource, { properties }: Attributes): NamedMetric[] {
  const rows: unknown[][] = properties.metrics ?? [];
  return rows
    .filter(([namespace]) => typeof namespace === "string")
    .map((row) => {
      const [namespace, name, ...rest] = row as string[];
      const names = rest.filter((each, index) => typeof each === "string" && index % 2 === 0);
      return {
        stack: dashboard.stack,
        region: properties.region,
        namespace: namespace!,
        name: name!,
        dimensions: Object.fromEntries(names.map((each) => [each, rest[rest.indexOf(each) + 1]!])),
        statistic: (row.at(-1) as Attributes).stat,
      };
    });
}

/** Changes the widget of that title in the dashboard of an environment. */
export const changeWidget =
  (title: string, edit: (widget: Attributes) => unknown, environment = "production") =>
  (stacks: Stacks): void => {
    const [dashboard] = Object.values(
      stacks[`ecobeat-${environment}-service`]!.resource.aws_cloudwatch_dashboard!,
    );
    const body = JSON.parse(dashboard!.dashboard_body);
    edit(body.widgets.find(({ properties }: Attributes) => properties.title === title));
    dashboard!.dashboard_body = JSON.stringify(body);
  };

export const measuredWidgets: Rule = {
  name: "every graph of a dashboard has a metric, and a resource of its environment publishes it in its region",
  check: (stacks) =>
    resources(stacks, dashboardType).flatMap((dashboard) =>
      getWidgets(dashboard)
        .filter(({ type }) => type === "metric")
        .filter(
          (widget) =>
            !(widget.properties.metrics?.length || widget.properties.insightRule) ||
            !getWidgetMetrics(dashboard, widget).every((metric) => isMeasured(stacks, metric)),
        )
        .map(({ properties }) => `${dashboard.address}: ${properties.title}`),
    ),
};

const overlap = (one: Attributes, other: Attributes): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

export const tidyDashboards = resourceRule(
  "widgets of a dashboard fill its 24 columns and do not overlap",
  dashboardType,
  (dashboard) => {
    const widgets = getWidgets(dashboard);
    const widths = new Map<number, number>();
    for (const { y, width } of widgets) widths.set(y, (widths.get(y) ?? 0) + width);
    return (
      [...widths.values()].every((width) => width === 24) &&
      widgets.every((one) => widgets.every((other) => one === other || !overlap(one, other)))
    );
  },
);

export const allAlarmsShown = resourceRule(
  "each environment has one dashboard, which shows the state of all its alarms",
  "aws_cloudwatch_metric_alarm",
  ({ stack, attributes }, stacks) => {
    const environment = getEnvironment(stack);
    const dashboards = resources(stacks, dashboardType).filter(
      (dashboard) => getEnvironment(dashboard.stack) === environment,
    );
    const shown = dashboards
      .flatMap(getWidgets)
      .flatMap(({ type, properties }): string[] => (type === "alarm" ? properties.alarms : []))
      .filter((arn) => arn.endsWith(`:${environment.accountId}:alarm:${attributes.alarm_name}`));
    return dashboards.length === 1 && shown.length === 1;
  },
);

/** Metrics that a dashboard must show, by namespace; `Ecobeat` includes the namespaces of the functions. */
const requiredMetrics: Readonly<Record<string, readonly string[]>> = {
  "AWS/ApiGateway": ["Count", "4XXError", "5XXError", "Latency"],
  "AWS/Lambda": ["Duration", "Errors", "Throttles"],
  Ecobeat: [...Object.keys(serviceMetrics), ...Object.values(logMetrics), securityEventMetric.name],
  "AWS/ElastiCache": [
    "CacheHits",
    "CacheMisses",
    "DatabaseMemoryUsagePercentage",
    "CurrConnections",
    "Evictions",
  ],
  "AWS/WAFV2": ["BlockedRequests"],
};

export const completeDashboards = resourceRule(
  "every dashboard shows the required metrics of the API, the functions, the service, Redis and WAF, and errors by fingerprint",
  dashboardType,
  (dashboard) => {
    const widgets = getWidgets(dashboard);
    const metrics = widgets
      .flatMap((widget) => getWidgetMetrics(dashboard, widget))
      .map(({ namespace, name }) => `${namespace.replace(/^(Ecobeat).*/, "$1")} ${name}`);
    const insightRules = widgets.map(({ properties }) => properties.insightRule?.ruleName);
    return (
      Object.entries(requiredMetrics).every(([namespace, names]) =>
        names.every((name) => metrics.includes(`${namespace} ${name}`)),
      ) &&
      Object.values(dashboard.stack.resource.aws_cloudwatch_contributor_insight_rule ?? {}).every(
        ({ rule_name }) => insightRules.includes(rule_name),
      )
    );
  },
);

export const namedGraphMetrics = resourceRule(
  "in every graph, the ids of metrics are unique, and expressions use only these",
  dashboardType,
  (dashboard) =>
    getWidgets(dashboard).every(({ properties }) => {
      const rows: Attributes[] = (properties.metrics ?? []).map((row: unknown[]) => row.at(-1));
      const ids: string[] = rows.flatMap(({ id }) => id ?? []);
      const expressions: string[] = rows
        .flatMap(({ expression }) => expression ?? [])
        .filter((expression) => !expression.startsWith("SEARCH"));
      const groupPattern = /METRICS\("(\w+)"\)/g;
      const used = expressions.flatMap(
        (expression) => expression.replaceAll(groupPattern, "").match(/[a-z]\w*/g) ?? [],
      );
      const groups = expressions.flatMap((expression) =>
        [...expression.matchAll(groupPattern)].map(([, name]) => name!),
      );
      return (
        new Set(ids).size === ids.length &&
        used.every((name) => ids.includes(name)) &&
        groups.every((group) => ids.some((id) => id.includes(group)))
      );
    }),
);
