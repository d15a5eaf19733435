import type { Attributes } from "../../support/synthesize.ts";
import { isMeasured, type NamedMetric } from "./metrics.ts";
import { getEnvironment, type Resource, resources } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

/** The widgets of a dashboard, as CloudWatch reads them. */
export const getWidgets = ({ attributes }: Pick<Resource, "attributes">): Attributes[] =>
  JSON.parse(attributes.dashboard_body).widgets;

/** The metrics that a widget shows or computes with. */
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

export const measuredWidgets: Rule = {
  name: "every graph of a dashboard shows what a resource of its environment publishes, in its region, and every graph has something",
  check: (stacks) =>
    resources(stacks, "aws_cloudwatch_dashboard").flatMap((dashboard) =>
      getWidgets(dashboard)
        .filter(({ type }) => type === "metric")
        .flatMap((widget) => [
          ...getWidgetMetrics(dashboard, widget)
            .filter((metric) => !isMeasured(stacks, metric))
            .map(({ namespace, name }) => `${dashboard.address}: nobody publishes ${namespace} ${name} so`),
          ...(widget.properties.metrics?.length || widget.properties.insightRule
            ? []
            : [`${dashboard.address}: "${widget.properties.title}" is empty`]),
        ]),
    ),
};

const overlap = (one: Attributes, other: Attributes): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

export const tidyDashboards = resourceRule(
  "widgets of a dashboard fill its 24 columns and lie beside each other",
  "aws_cloudwatch_dashboard",
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

export const allAlarmsShown: Rule = {
  name: "each environment has one dashboard, which shows the state of all its alarms",
  check: (stacks) =>
    resources(stacks, "aws_cloudwatch_metric_alarm")
      .filter(({ stack, attributes }) => {
        const dashboards = resources(stacks, "aws_cloudwatch_dashboard").filter(
          (dashboard) => getEnvironment(dashboard.stack) === getEnvironment(stack),
        );
        const shown: string[] = dashboards
          .flatMap(getWidgets)
          .flatMap(({ type, properties }) => (type === "alarm" ? properties.alarms : []));
        const { accountId } = getEnvironment(stack);
        const matching = shown.filter(
          (arn) => arn.endsWith(`:alarm:${attributes.alarm_name}`) && arn.includes(`:${accountId}:`),
        );
        return dashboards.length !== 1 || matching.length !== 1;
      })
      .map(({ address }) => `${address}: is not on the one dashboard of its environment`),
};

/** What a dashboard must show: a metric, as a graph or in what is computed for one. */
const requiredMetrics = [
  "AWS/ApiGateway Count",
  "AWS/ApiGateway 4XXError",
  "AWS/ApiGateway 5XXError",
  "AWS/ApiGateway Latency",
  "AWS/Lambda Duration",
  "AWS/Lambda Errors",
  "AWS/Lambda Throttles",
  "Ecobeat InitDuration",
  "Ecobeat MemoryUsed",
  "Ecobeat DatabaseFailures",
  "Ecobeat DatabasePoolInUse",
  "Ecobeat DatabasePoolWait",
  "Ecobeat Logins",
  "Ecobeat Refreshes",
  "Ecobeat SecurityEvents",
  "Ecobeat SignDuration",
  "Ecobeat ProfileCacheHits",
  "Ecobeat SummaryCacheHits",
  "AWS/ElastiCache CacheHits",
  "AWS/ElastiCache CacheMisses",
  "AWS/ElastiCache DatabaseMemoryUsagePercentage",
  "AWS/ElastiCache CurrConnections",
  "AWS/ElastiCache Evictions",
  "AWS/WAFV2 BlockedRequests",
];

export const completeDashboards: Rule = {
  name: "every dashboard shows requests, latency, 4xx and 5xx, durations, errors, cold starts, memory, logins, attacks, signing, the database and its pool, Redis' hit ratio and memory, the web ACL, and errors by fingerprint",
  check: (stacks) =>
    resources(stacks, "aws_cloudwatch_dashboard").flatMap((dashboard) => {
      const widgets = getWidgets(dashboard);
      const shown = widgets
        .flatMap((widget) => getWidgetMetrics(dashboard, widget))
        .map(({ namespace, name }) => `${namespace.replace(/^(Ecobeat).*/, "$1")} ${name}`);
      const rules = Object.values(dashboard.stack.resource.aws_cloudwatch_contributor_insight_rule ?? {});
      return [
        ...requiredMetrics.filter((each) => !shown.includes(each)),
        ...rules
          .map(({ rule_name }) => rule_name)
          .filter((name) => !widgets.some(({ properties }) => properties.insightRule?.ruleName === name)),
      ].map((each) => `${dashboard.address}: does not show ${each}`);
    }),
};

export const namedGraphMetrics = resourceRule(
  "in every graph, what is computed with metrics names each of them, and no two have one name",
  "aws_cloudwatch_dashboard",
  (dashboard) =>
    getWidgets(dashboard).every(({ properties }) => {
      const rows: Attributes[] = (properties.metrics ?? []).map((row: unknown[]) => row.at(-1));
      const ids = rows.flatMap(({ id }) => id ?? []);
      const used = rows.flatMap(({ expression = "" }) =>
        expression.startsWith("SEARCH")
          ? []
          : [...expression.replaceAll(/METRICS\("\w+"\)/g, "").matchAll(/[a-z]\w*/g)].map(([name]) => name),
      );
      const groups = rows.flatMap(({ expression = "" }) =>
        [...expression.matchAll(/METRICS\("(\w+)"\)/g)].map(([, name]) => name!),
      );
      return (
        new Set(ids).size === ids.length &&
        used.every((name) => ids.includes(name)) &&
        groups.every((group) => ids.some((id: string) => id.includes(group)))
      );
    }),
);
