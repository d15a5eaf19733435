import {
  appVersionMetric,
  type MeasuredCache,
  metricNamespace,
  type ServiceMetric,
  serviceMetrics,
} from "../contract.ts";
import type { Clock } from "./clock.ts";
import type { Fields } from "./logging.ts";

/** How long ratios and peaks wait for a line that carries other metrics. */
const maxWaitMilliseconds = 10_000;

/** The maximum number of values of one metric that CloudWatch accepts in a line. */
const maxValues = 100;

/**
 * The maximum number of minor versions of the app that a process counts: the client chooses its version, and CloudWatch bills each. More
 * than an app has in use, as old ones are refused.
 */
const maxAppVersions = 10;

/** Values of metrics with their units, by name. */
type Measurements = Record<
  string,
  { unit: "Count" | "Milliseconds" | "Seconds" | "Megabytes"; value: number | readonly number[] }
>;

/** Fields of a log line with the metadata of its metrics, which have one list of dimensions each. */
interface MetricFields extends Fields {
  _aws: { Timestamp: number; CloudWatchMetrics: object[] };
}

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
): MetricFields {
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

/** The fields of one line with the metrics of both. */
function mergeMetrics(first: MetricFields | undefined, second: MetricFields): MetricFields {
  if (!first) return second;
  const CloudWatchMetrics = [first, second].flatMap(({ _aws }) => _aws.CloudWatchMetrics);
  return { ...first, ...second, _aws: { ...second._aws, CloudWatchMetrics } };
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
  readonly #appVersions = new Set<string>();
  #isDue = false;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts something that happened. */
  count(
    name:
      | "Logins"
      | "Refreshes"
      | "AppVersionRefusals"
      | "MailsQueued"
      | "MailsNotQueued"
      | "SupportDisclosures"
      | "SupportDeletions",
  ): void {
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

  /**
   * The fields for a log line. Returns `undefined` if there are none, or if they can wait.
   * @param appVersion counts the version of the app that the line is about. @default counts none
   */
  flush(appVersion?: string): MetricFields | undefined {
    const fields = this.#flushValues();
    return appVersion === undefined ? fields : mergeMetrics(fields, this.#countAppVersion(appVersion));
  }

  #flushValues(): MetricFields | undefined {
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

  /** The first versions get their own values: those of an attacker, too, but no more than {@link maxAppVersions}. */
  #countAppVersion(version: string): MetricFields {
    const minor = /^\d+\.\d+/.exec(version)?.[0] ?? "none";
    if (this.#appVersions.size < maxAppVersions) this.#appVersions.add(minor);
    const value = this.#appVersions.has(minor) ? minor : "other";
    const { name, dimension } = appVersionMetric;
    return embeddedMetrics(this.#clock(), { [name]: { unit: "Count", value: 1 } }, { [dimension]: value });
  }

  #add(name: ServiceMetric): void {
    this.#values.set(name, ((this.#values.get(name) as number | undefined) ?? 0) + 1);
  }
}
