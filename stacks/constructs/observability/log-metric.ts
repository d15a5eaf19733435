import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter/index.js";
import { Construct } from "constructs";
import type { LogGroup } from "./log-group.ts";

export interface LogMetricProps {
  /** Begins with `Ecobeat`. */
  readonly namespace: string;
  readonly name: string;
  readonly log: LogGroup;
  /** Filter for the lines: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  readonly pattern: string;
  /**
   * The field with the metric's value, such as `$.duration`.
   *
   * @default counts lines
   */
  readonly field?: string;
}

/**
 * A metric filter for the lines of a log.
 *
 * Billed by the month, as a custom metric.
 *
 * @example
 * new LogMetric(this, "failures", {
 *   namespace: "Ecobeat/auth", name: "DatabaseFailures", log, pattern: '{ $.level = "error" }',
 * });
 */
export class LogMetric extends Construct {
  constructor(scope: Construct, id: string, props: LogMetricProps) {
    super(scope, id);
    const { namespace, name, field } = props;
    new CloudwatchLogMetricFilter(this, "filter", {
      name,
      logGroupName: props.log.name,
      pattern: props.pattern,
      metricTransformation: {
        namespace,
        name,
        // Lines that do not match count as 0, so that the metric shows that nothing failed.
        ...(field ? { value: field } : { value: "1", defaultValue: "0" }),
      },
    });
  }
}
