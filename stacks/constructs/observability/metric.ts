/** What CloudWatch measures of one thing. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** What it is measured of: all names under which the thing publishes it, and no other. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99`. */
  readonly statistic: string;
}

/** Metrics by the names that an expression gives them. A name begins with a small letter. */
export type NamedMetrics = Readonly<Record<string, Metric>>;

/** What is computed from several metrics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
export interface MetricMath {
  readonly expression: string;
  readonly metrics: NamedMetrics;
}
