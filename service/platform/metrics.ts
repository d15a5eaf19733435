import { type MeasuredCache, metricNamespace, type ServiceMetric, serviceMetrics } from "../contract.ts";
import type { Clock } from "./clock.ts";
import type { Fields } from "./logging.ts";

/** How long ratios and peaks wait for a line that carries other metrics. */
const maxWaitMilliseconds = 10_000;

/** The maximum number of values of one metric that CloudWatch accepts in a line. */
const maxValues = 100;

/** Values of metrics with their units, by name. */
type Measurements = Record<
  string,
  { unit: "Count" | "Milliseconds" | "Seconds" | "Megabytes"; value: number | readonly number[] }
>;

/**
 * Fields of a log line from which CloudWatch extracts metrics, in its embedded metric format:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param dimensions values by name. Each combination of values is billed as a separate metric
 */
export function embeddedMetrics(
  timestamp: number,
  measurements: Measurements,
  dimensions: Readonly<Record<string, string>> = {},
): Fields {
  const metrics = Object.entries(measurements);
  return {
    ...dimensions,
    ...Object.fromEntries(metrics.map(([name, { value }]) => [name, value])),
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: metricNamespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: metrics.map(([name, { unit }]) => ({ Name: name, Unit: unit })),
        },
      ],
    },
  };
}

/**
 * Metrics of the process that are not yet flushed. They are flushed with the log line of a request.
 *
 * Metrics of one request come with its line. Hits, misses and peaks come with the next line that carries metrics, or with any
 * line after ten seconds: nearly each request has them, and they would double the log.
 */
export class Metrics {
  readonly #clock: Clock;
  readonly #values = new Map<ServiceMetric, number | number[]>();
  #isDue = false;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts something that happened. */
  count(name: "Logins" | "Refreshes"): void {
    this.#add(name);
    this.#isDue = true;
  }

  /** Measures how long `work` takes, whether it succeeds or fails. */
  async time<T>(name: "SignDuration", work: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock();
    try {
      return await work();
    } finally {
      const values = (this.#values.get(name) as number[] | undefined) ?? [];
      if (values.length < maxValues) this.#values.set(name, [...values, this.#clock() - startedAt]);
      this.#isDue = true;
    }
  }

  /** Counts a hit or miss of a cache. */
  cache(name: MeasuredCache, isHit: boolean): void {
    this.#add(isHit ? `${name}CacheHits` : `${name}CacheMisses`);
  }

  /** Keeps the highest value. */
  peak(name: "DatabasePoolWait" | "DatabasePoolInUse", value: number): void {
    this.#values.set(name, Math.max(value, (this.#values.get(name) as number | undefined) ?? 0));
  }

  /** The fields for a log line. Returns `undefined` if there are none, or if they can wait. */
  flush(): Fields | undefined {
    if (this.#values.size === 0) return undefined;
    const now = this.#clock();
    if (!this.#isDue && now - this.#flushedAt < maxWaitMilliseconds) return undefined;
    const measurements: Measurements = {};
    for (const [name, value] of this.#values) measurements[name] = { unit: serviceMetrics[name], value };
    this.#values.clear();
    this.#isDue = false;
    this.#flushedAt = now;
    return embeddedMetrics(now, measurements);
  }

  #add(name: ServiceMetric): void {
    this.#values.set(name, ((this.#values.get(name) as number | undefined) ?? 0) + 1);
  }
}
