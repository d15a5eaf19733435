import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter/index.js";
import { Construct } from "constructs";
import type { LogGroup } from "./log-group.ts";

export interface LogMetricProps {
  /** Namespace of the metric; our own begin with `Ecobeat`. */
  readonly namespace: string;
  readonly name: string;
  readonly log: LogGroup;
  /** Which lines count: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  readonly pattern: string;
  /**
   * The field of a line whose value is measured, such as `$.duration`.
   *
   * @default lines are counted
   */
  readonly field?: string;
}

/**
 * A metric made from the lines of a log.
 *
 * ```ts
 * new LogMetric(this, "failures", {
 *   namespace: "Ecobeat/auth", name: "DatabaseFailures", log, pattern: '{ $.level = "error" }',
 * });
 * ```
 *
 * Billed as a metric of our own, by the month.
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
        // While other lines come in, none of these is a measurement too: nothing went wrong.
        ...(field ? { value: field } : { value: "1", defaultValue: "0" }),
      },
    });
  }
}
