import { type MeasuredCache, metricNamespace, type ServiceMetric, serviceMetrics } from "../contract.ts";
import type { Clock } from "./clock.ts";
import type { Fields } from "./logging.ts";

/** What is only read as a ratio or as a peak waits so long for a line that bears something else. */
const maxWaitMilliseconds = 10_000;

/** CloudWatch takes no more values of one metric in a line. */
const maxValues = 100;

/** Values of metrics with their units, by name. */
type Measurements = Record<
  string,
  { unit: "Count" | "Milliseconds" | "Seconds" | "Megabytes"; value: number | readonly number[] }
>;

/**
 * Members that make metrics of a log line, in CloudWatch's embedded metric format:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param dimensions values by name. Each combination of values is billed as a metric of its own
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
 * What the process has measured and not yet told. It is told with the line that the log has of each request anyway.
 *
 * What concerns one request comes with its line. Hits, misses and peaks come with the next line that bears anything, or at most
 * ten seconds later with any: they are measured with nearly each request, and would double the log.
 */
export class Metrics {
  readonly #clock: Clock;
  readonly #values = new Map<ServiceMetric, number | number[]>();
  #isDue = false;
  #toldAt = Number.NEGATIVE_INFINITY;

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

  /** Counts a look into a cache: whether it was there. */
  cache(name: MeasuredCache, isHit: boolean): void {
    this.#add(isHit ? `${name}CacheHits` : `${name}CacheMisses`);
  }

  /** Remembers the highest value. */
  peak(name: "DatabasePoolWait" | "DatabasePoolInUse", value: number): void {
    this.#values.set(name, Math.max(value, (this.#values.get(name) as number | undefined) ?? 0));
  }

  /** What a line of the log is to bear, which is then told; `undefined` if there is nothing, or it can wait. */
  flush(): Fields | undefined {
    if (this.#values.size === 0) return undefined;
    const now = this.#clock();
    if (!this.#isDue && now - this.#toldAt < maxWaitMilliseconds) return undefined;
    const measurements: Measurements = {};
    for (const [name, value] of this.#values) measurements[name] = { unit: serviceMetrics[name], value };
    this.#values.clear();
    this.#isDue = false;
    this.#toldAt = now;
    return embeddedMetrics(now, measurements);
  }

  #add(name: ServiceMetric): void {
    this.#values.set(name, ((this.#values.get(name) as number | undefined) ?? 0) + 1);
  }
}
