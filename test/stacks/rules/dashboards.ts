import type { Attributes, Stacks } from "../../support/synthesize.ts";
import type { NamedMetric } from "./metrics.ts";
import type { Resource } from "./resources.ts";

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

/** A search of our metrics: a namespace, a dimension and the name of a metric. */
export interface MetricSearch {
  readonly namespace: string;
  readonly dimension: string;
  readonly name: string;
}

/** The searches of one metric in a widget, by one dimension. */
export const getWidgetSearches = ({ properties }: Attributes): MetricSearch[] =>
  (properties.metrics ?? [])
    .map((row: unknown[]) =>
      /^SEARCH\('\{([^,]+),([^,}]+)\} MetricName="(\w+)"'/.exec((row.at(-1) as Attributes).expression),
    )
    .filter(Boolean)
    .map(([, namespace, dimension, name]: string[]) => ({ namespace, dimension, name }));

/** Changes the widget of that title in the dashboard of an environment. */
export const changeWidget =
  (title: string, edit: (widget: Attributes) => unknown, environment = "production") =>
  (stacks: Stacks): void => {
    const [dashboard] = Object.values(stacks[`ecobeat-${environment}-service`]!.resource.aws_cloudwatch_dashboard!);
    const body = JSON.parse(dashboard!.dashboard_body);
    edit(body.widgets.find(({ properties }: Attributes) => properties.title === title));
    dashboard!.dashboard_body = JSON.stringify(body);
  };
