import { expect } from "chai";
import { Dashboard, text } from "../../stacks/constructs/observability/dashboard.ts";
import { synthesizeConstructs } from "../support/construct-stack.ts";
import { expectCode } from "../support/errors.ts";
import {
  allAlarmsShown,
  changeWidget,
  completeDashboards,
  getWidgets,
  measuredWidgets,
  namedGraphMetrics,
  tidyDashboards,
} from "./rules/dashboards.ts";
import { add, removeAll, resources } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

/** Changes the metrics of the graph of that title. */
// biome-ignore lint/suspicious/noExplicitAny: rows of a graph in CloudWatch's format
const changeMetrics = (title: string, edit: (metrics: any[][]) => unknown) =>
  changeWidget(title, ({ properties }) => edit(properties.metrics));

describe("dashboards of the stacks", () => {
  testRule(measuredWidgets, {
    "a metric of another name": changeMetrics("Requests", ([count]) => count!.splice(1, 1, "Requests")),
    "an API of another environment": changeMetrics("Requests", ([count]) =>
      count!.splice(3, 1, "ecobeat-staging-api"),
    ),
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
    "a second dashboard": add("staging-service", "aws_cloudwatch_dashboard", {
      dashboard_body: '{"widgets":[]}',
    }),
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

  it("fit on four screens", () => {
    for (const dashboard of resources(allStacks(), "aws_cloudwatch_dashboard")) {
      const widgets = getWidgets(dashboard);
      expect(widgets.length).to.be.at.most(36);
      expect(Math.max(...widgets.map(({ y, height }) => y + height))).to.be.at.most(66);
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
