import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { ConstructError } from "../../errors.ts";
import { text, type Widget } from "./dashboard-widgets.ts";

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
    const { region } = EcobeatStack.of(this);
    new CloudwatchDashboard(this, "dashboard", {
      dashboardName: name,
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
      dashboardBody: Lazy.stringValue({
        produce: () => JSON.stringify({ start: "-PT3H", widgets: toGrid(name, region, rows()) }),
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
