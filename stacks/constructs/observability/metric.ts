/** A CloudWatch metric. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** Exactly the dimensions with which it is published. */
  readonly dimensions: Readonly<Record<string, string>>;
  /**
   * `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, a percentile such as `p99`, or a percentile rank such as `PR(:1000)`: the
   * percentage of values up to 1,000.
   */
  readonly statistic: string;
}

/** A metric math expression: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
export interface MetricMath {
  readonly expression: string;
  /** By their ids in the expression. An id begins with a lowercase letter. */
  readonly metrics: Readonly<Record<string, Metric>>;
}
