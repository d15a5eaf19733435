import { expect } from "chai";
import { Dashboard } from "../../stacks/constructs/observability/dashboard.ts";
import { text } from "../../stacks/constructs/observability/dashboard-widgets.ts";
import { synthesizeConstructs } from "../support/construct-stack.ts";
import { expectCode } from "../support/errors.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import {
  allAlarmsShown,
  completeDashboards,
  getWidgets,
  measuredWidgets,
  namedGraphMetrics,
  tidyDashboards,
} from "./rules/dashboards.ts";
import { add, removeAll, resources } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

/** Changes the widget of that title in production's dashboard. */
const change = (title: string, edit: (widget: Attributes) => void) => (stacks: Stacks) => {
  const [dashboard] = Object.values(stacks["ecobeat-production-service"]!.resource.aws_cloudwatch_dashboard!);
  const attributes = dashboard!;
  const body = JSON.parse(attributes.dashboard_body);
  edit(body.widgets.find(({ properties }: Attributes) => properties.title === title));
  attributes.dashboard_body = JSON.stringify(body);
};

describe("dashboards of the stacks", () => {
  testRule(measuredWidgets, {
    "a metric of another name": change("Requests", ({ properties }) => {
      properties.metrics[0][1] = "Requests";
    }),
    "an API of another environment": change("Requests", ({ properties }) => {
      properties.metrics[0][3] = "ecobeat-staging-api";
    }),
    "a metric of another region": change("Web ACL of CloudFront", ({ properties }) => {
      properties.region = "eu-west-1";
    }),
    "a graph of nothing": change("Memory", ({ properties }) => {
      properties.metrics = [];
    }),
  });

  testRule(tidyDashboards, {
    "widgets on top of each other": change("Latency", (widget) => {
      widget.x = 0;
    }),
    "a hole": change("Latency", (widget) => {
      widget.width = 6;
    }),
  });

  testRule(allAlarmsShown, {
    "an alarm that is not shown": change("Alarms", ({ properties }) => {
      properties.alarms.pop();
    }),
    "a second dashboard": add("staging-service", "aws_cloudwatch_dashboard", {
      dashboard_body: '{"widgets":[]}',
    }),
    "no dashboard": removeAll("staging-service", "aws_cloudwatch_dashboard"),
  });

  testRule(completeDashboards, {
    "no hit ratio": change("Hit ratio", ({ properties }) => {
      properties.metrics = properties.metrics.filter(([, name]: string[]) => name !== "CacheHits");
    }),
    "no cold starts": (stacks) => {
      for (const title of ["Cold starts", "Cold start duration"]) {
        change(title, ({ properties }) => {
          properties.metrics = [];
        })(stacks);
      }
    },
    "no errors by fingerprint": change("Errors by fingerprint", ({ properties }) => {
      properties.insightRule.ruleName = "another";
    }),
  });

  testRule(namedGraphMetrics, {
    "a metric that is computed with and not there": change("Error rate", ({ properties }) => {
      properties.metrics = properties.metrics.filter(
        (row: Attributes[]) => row.at(-1)!.id !== "server_errors",
      );
    }),
    "two metrics of one name": change("Error rate", ({ properties }) => {
      properties.metrics.push(properties.metrics.at(-1));
    }),
    "a group that is not there": change("Hit ratio", ({ properties }) => {
      properties.metrics = properties.metrics.filter(([, name]: string[]) => name !== "CacheMisses");
    }),
  });

  it("show the web ACL and the failures of CloudFront only where there is one", () => {
    const titles = Object.fromEntries(
      resources(allStacks(), "aws_cloudwatch_dashboard").map((dashboard) => [
        dashboard.attributes.dashboard_name,
        getWidgets(dashboard).map(({ properties }) => properties.title),
      ]),
    );
    expect(titles["ecobeat-production"]).to.include.members([
      "Web ACL of CloudFront",
      "CloudFront error rate",
    ]);
    expect(titles["ecobeat-staging"]).to.not.include("Web ACL of CloudFront");
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
