import { expect } from "chai";
import {
  appVersionMetric,
  logMetrics,
  securityEventMetric,
  serviceMetrics,
  tlsConnectionMetric,
} from "../../service/contract.ts";
import { Dashboard, text } from "../../stacks/constructs/observability/dashboard.ts";
import { synthesizeConstructs } from "../support/construct-stack.ts";
import { expectCode } from "../support/errors.ts";
import type { Attributes } from "../support/synthesize.ts";
import { isPart } from "./rules/alarms.ts";
import { changeWidget, getWidgetMetrics, getWidgetSearches, getWidgets } from "./rules/dashboards.ts";
import { isMeasured } from "./rules/metrics.ts";
import { add, getStackEnvironment, removeAll, resources } from "./rules/resources.ts";
import { allStacks, type Rule, resourceRule, testRule } from "./rules/rule.ts";

const dashboardType = "aws_cloudwatch_dashboard";

const measuredWidgets: Rule = {
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

const tidyDashboards = resourceRule(
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

const allAlarmsShown = resourceRule(
  "each environment has one dashboard, which shows the state of all its alarms that notify, and not of their parts",
  ["aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"],
  (alarm, stacks) => {
    const { stack, attributes } = alarm;
    const environment = getStackEnvironment(stack);
    const dashboards = resources(stacks, dashboardType).filter(
      (dashboard) => getStackEnvironment(dashboard.stack) === environment,
    );
    const shown = dashboards
      .flatMap(getWidgets)
      .flatMap(({ type, properties }): string[] => (type === "alarm" ? properties.alarms : []))
      .filter((arn) => arn.endsWith(`:${environment.accountId}:alarm:${attributes.alarm_name}`));
    return dashboards.length === 1 && shown.length === (isPart(alarm) ? 0 : 1);
  },
);

/** Metrics that a dashboard must show, by namespace; `Ecobeat` includes the namespaces of the functions. */
const requiredMetrics: Readonly<Record<string, readonly string[]>> = {
  "AWS/ApiGateway": ["Count", "4XXError", "5XXError", "Latency"],
  "AWS/Lambda": ["Duration", "Errors", "Throttles"],
  Ecobeat: [
    ...Object.keys(serviceMetrics),
    ...Object.values(logMetrics),
    securityEventMetric.name,
    tlsConnectionMetric,
    appVersionMetric.name,
  ],
  "AWS/ElastiCache": ["CacheHits", "CacheMisses", "DatabaseMemoryUsagePercentage", "CurrConnections", "Evictions"],
  "AWS/WAFV2": ["BlockedRequests"],
};

const completeDashboards = resourceRule(
  "every dashboard shows the required metrics of the API, the functions, the service, Redis and WAF, and errors by fingerprint",
  dashboardType,
  (dashboard) => {
    const widgets = getWidgets(dashboard);
    const metrics = widgets
      .flatMap((widget) => [...getWidgetMetrics(dashboard, widget), ...getWidgetSearches(widget)])
      .map(({ namespace, name }) => `${namespace.replace(/^(Ecobeat).*/, "$1")} ${name}`);
    const insightRules = widgets.map(({ properties }) => properties.insightRule?.ruleName);
    return (
      Object.entries(requiredMetrics).every(([namespace, names]) =>
        names.every((name) => metrics.includes(`${namespace} ${name}`)),
      ) &&
      Object.values(dashboard.stack.resource.aws_cloudwatch_contributor_insight_rule ?? {}).every(({ rule_name }) =>
        insightRules.includes(rule_name),
      )
    );
  },
);

const budgetsShown = resourceRule(
  "every dashboard shows which part of the error budgets of 30 days is left, as one number for each",
  dashboardType,
  (dashboard) => {
    const widget = getWidgets(dashboard).find(
      ({ properties }) => properties.title === "Error budget left (%, 30 days)",
    );
    const { slo } = getStackEnvironment(dashboard.stack);
    const labels: Attributes[] = (widget?.properties.metrics ?? []).map((row: unknown[]) => row.at(-1));
    const expressions = Object.fromEntries(labels.map(({ label, expression }) => [label, expression]));
    return (
      widget?.properties.view === "singleValue" &&
      widget.properties.setPeriodToTimeRange === true &&
      widget.properties.start === "-P30D" &&
      expressions.errors?.startsWith("100 - ") &&
      expressions.errors.endsWith(` / ${Number((100 - slo.availability).toFixed(3))}`) &&
      expressions.latency?.startsWith("100 - ")
    );
  },
);

const namedGraphMetrics = resourceRule(
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

/** Changes the metrics of the graph of that title. */
// biome-ignore lint/suspicious/noExplicitAny: rows of a graph in CloudWatch's format
const changeMetrics = (title: string, edit: (metrics: any[][]) => unknown) =>
  changeWidget(title, ({ properties }) => edit(properties.metrics));

describe("dashboards of the stacks", () => {
  testRule(measuredWidgets, {
    "a metric of another name": changeMetrics("Requests", ([count]) => count!.splice(1, 1, "Requests")),
    "an API of another environment": changeMetrics("Requests", ([count]) => count!.splice(3, 1, "ecobeat-staging-api")),
    "a metric of another region": changeWidget("Web ACL of CloudFront", ({ properties }) => {
      properties.region = "eu-west-1";
    }),
    "a graph without metrics": changeMetrics("Memory", (metrics) => metrics.splice(0)),
  });

  testRule(tidyDashboards, {
    "widgets that overlap": changeWidget("Latency", (widget) => Object.assign(widget, { x: 0 })),
    "a gap": changeWidget("Latency", (widget) => Object.assign(widget, { width: 6 })),
  });

  testRule(allAlarmsShown, {
    "a missing alarm": changeWidget("Alarms", ({ properties }) => properties.alarms.pop()),
    "a second dashboard": add("staging-service", "aws_cloudwatch_dashboard", { dashboard_body: '{"widgets":[]}' }),
    "no dashboard": removeAll("staging-service", "aws_cloudwatch_dashboard"),
  });

  testRule(completeDashboards, {
    "no hit ratio": changeMetrics("Hit ratio", (metrics) => metrics.splice(0)),
    "no cold starts": (stacks) => {
      for (const title of ["Cold starts", "Cold start duration"]) {
        changeMetrics(title, (metrics) => metrics.splice(0))(stacks);
      }
    },
    "no errors by fingerprint": changeWidget("Errors by fingerprint", ({ properties }) => {
      properties.insightRule.ruleName = "another";
    }),
  });

  testRule(budgetsShown, {
    "only the last periods": changeWidget("Error budget left (%, 30 days)", ({ properties }) => {
      properties.setPeriodToTimeRange = false;
    }),
    "three hours": changeWidget("Error budget left (%, 30 days)", ({ properties }) => {
      delete properties.start;
    }),
    "no latency": changeMetrics("Error budget left (%, 30 days)", (metrics) =>
      metrics.splice(metrics.findIndex((row) => row.at(-1).label === "latency")),
    ),
    "a burn rate": changeMetrics("Error budget left (%, 30 days)", ([errors]) => {
      errors![0].expression = errors![0].expression.replace("100 - ", "");
    }),
  });

  testRule(namedGraphMetrics, {
    "an expression with a missing metric": changeMetrics("Error rate", (metrics) =>
      metrics.splice(
        metrics.findIndex((row) => row.at(-1).id === "server_errors"),
        1,
      ),
    ),
    "two metrics with one id": changeMetrics("Error rate", (metrics) => metrics.push(metrics.at(-1)!)),
    "an expression with a missing group": changeWidget("Hit ratio", ({ properties }) => {
      properties.metrics = properties.metrics.filter(([, name]: string[]) => name !== "CacheMisses");
    }),
  });

  it("show the web ACL and the error rate of CloudFront only where there is one", () => {
    const titles = Object.fromEntries(
      resources(allStacks(), "aws_cloudwatch_dashboard").map((dashboard) => [
        dashboard.attributes.dashboard_name,
        getWidgets(dashboard).map(({ properties }) => properties.title),
      ]),
    );
    expect(titles["ecobeat-production-eu-west-1"]).to.include.members([
      "Web ACL of CloudFront",
      "CloudFront error rate",
    ]);
    expect(titles["ecobeat-staging-eu-west-1"]).to.not.include("Web ACL of CloudFront");
  });

  it("fit on five screens", () => {
    for (const dashboard of resources(allStacks(), "aws_cloudwatch_dashboard")) {
      const widgets = getWidgets(dashboard);
      expect(widgets.length).to.be.at.most(45);
      expect(Math.max(...widgets.map(({ y, height }) => y + height))).to.be.at.most(80);
    }
  });

  it("throw dashboard-row-uneven for a row with 5 widgets", () =>
    expectCode("dashboard-row-uneven", () =>
      synthesizeConstructs((scope) => {
        const row = { height: 1, widgets: Array.from({ length: 5 }, () => text("x")) };
        new Dashboard(scope, "dashboard", { name: "mine", rows: () => [row] });
      }),
    ));
});
