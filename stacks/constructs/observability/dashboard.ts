import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { text, type Widget } from "./dashboard-widgets.ts";

/** Widgets beside each other, of the same width. */
export interface DashboardRow {
  /** In units of CloudWatch's grid. */
  readonly height: number;
  /** 1, 2, 3, 4, 6, 8, 12 or 24, which the grid can be cut into. */
  readonly widgets: readonly Widget[];
}

export interface DashboardProps {
  readonly name: string;
  /** From top to bottom. Asked for at the end of the synthesis, so that they can show what is made later. */
  readonly rows: () => readonly DashboardRow[];
}

/** Columns of CloudWatch's grid. */
const columns = 24;

/**
 * A CloudWatch dashboard that shows the last three hours.
 *
 * ```ts
 * new Dashboard(this, "page", {
 *   name: "ecobeat-staging", rows: () => [heading("Redis"), { height: 6, widgets: [hits, memory] }],
 * });
 * ```
 *
 * Costs about $3 a month idle. The first three of an account are free.
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { name, rows }: DashboardProps) {
    super(scope, id);
    new CloudwatchDashboard(this, "dashboard", {
      dashboardName: name,
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
      dashboardBody: Lazy.stringValue({
        produce: () => JSON.stringify({ start: "-PT3H", widgets: placed(name, rows()) }),
      }),
    });
  }
}

/** A row that says what the rows below it are about. */
export const heading = (words: string): DashboardRow => ({ height: 1, widgets: [text(`## ${words}`)] });

function placed(dashboard: string, rows: readonly DashboardRow[]) {
  let y = 0;
  return rows.flatMap(({ height, widgets }) => {
    const width = columns / widgets.length;
    if (!Number.isInteger(width)) {
      throw new Error(
        `A row of the dashboard "${dashboard}" has ${widgets.length} widgets. CloudWatch's grid has ${columns} columns, which ` +
          `cannot be cut into as many. Put 1, 2, 3, 4, 6 or 8 widgets in a row.`,
      );
    }
    const row = widgets.map((widget, index) => ({ x: index * width, y, width, height, ...widget }));
    y += height;
    return row;
  });
}
