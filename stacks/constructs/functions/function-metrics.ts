import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter/index.js";
import { Construct } from "constructs";
import { type DependencyName, dependencyNames, logMetrics, metricNamespace } from "../../../service/contract.ts";
import { liveAlias } from "../../names.ts";
import type { Metric } from "../observability/metric.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface FunctionMetricsProps {
  readonly function: ServiceFunction;
}

/** Lambda's log line after each invocation. It contains values that Lambda publishes as no metric: memory and cold start. */
const report = '$.type = "platform.report"';

/** The service's log lines about an unreachable dependency. */
const dependencyIsDown = (dependency: DependencyName): string =>
  `{ $.level = "error" && $.dependency = "${dependency}" }`;

/**
 * Metrics of a function: Lambda's own, of the alias `live`, and metrics from its log for what Lambda does not measure.
 *
 * Costs about $1.2 a month idle. Metrics from the log are billed by the month.
 *
 * @example new FunctionMetrics(this, "auth-metrics", { function: auth });
 */
export class FunctionMetrics extends Construct {
  readonly functionName: string;
  /** Name of the log. */
  readonly logName: string;
  readonly #namespace: string;

  constructor(scope: Construct, id: string, props: FunctionMetricsProps) {
    super(scope, id);
    this.functionName = props.function.name;
    this.logName = props.function.log.name;
    this.#namespace = `${metricNamespace}/${props.function.name}`;
    this.#add(logMetrics.memoryUsed, `{ ${report} }`, "$.record.metrics.maxMemoryUsedMB");
    this.#add(
      logMetrics.initDuration,
      `{ ${report} && $.record.metrics.initDurationMs > 0 }`,
      "$.record.metrics.initDurationMs",
    );
    this.#add(logMetrics.databaseFailures, dependencyIsDown(dependencyNames.database));
    this.#add(logMetrics.redisFailures, dependencyIsDown(dependencyNames.redis));
  }

  /**
   * A metric that Lambda publishes for the alias:
   * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
   */
  getLambdaMetric(name: string, statistic: string): Metric {
    const { functionName } = this;
    return {
      namespace: "AWS/Lambda",
      name,
      dimensions: { FunctionName: functionName, Resource: `${functionName}:${liveAlias}` },
      statistic,
    };
  }

  /** Concurrent executions. Lambda measures them for the function, which has the limit, and not for the alias. */
  getConcurrencyMetric(): Metric {
    return {
      namespace: "AWS/Lambda",
      name: "ConcurrentExecutions",
      dimensions: { FunctionName: this.functionName },
      statistic: "Maximum",
    };
  }

  /** A metric from the log. */
  getLogMetric(name: (typeof logMetrics)[keyof typeof logMetrics], statistic: string): Metric {
    return { namespace: this.#namespace, name, dimensions: {}, statistic };
  }

  /**
   * Adds a metric filter for the lines of the log. Billed by the month, as a custom metric.
   *
   * @param pattern https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
   * @param field the field with the metric's value, such as `$.duration`; @default counts lines
   */
  #add(name: string, pattern: string, field?: string): void {
    new CloudwatchLogMetricFilter(new Construct(this, name), "filter", {
      name,
      logGroupName: this.logName,
      pattern,
      metricTransformation: {
        namespace: this.#namespace,
        name,
        // Lines that do not match count as 0, so that the metric shows that nothing failed.
        ...(field ? { value: field } : { value: "1", defaultValue: "0" }),
      },
    });
  }
}
