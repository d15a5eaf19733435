import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { ServiceLevelObjectives } from "../../environments.ts";
import { parseDurationMs } from "../../schema.ts";
import { Alarm, type AlarmProps, CompositeAlarm } from "./alarm.ts";
import type { Metric, MetricMath } from "./metric.ts";

/** Percentage of requests that are not slow, unless the environment says otherwise. */
const defaultFast = 99;

/**
 * What a service level is measured by. The formulas are metric math, without functions that reduce a time series, so that they
 * work for periods of any length.
 */
export interface ServiceLevelIndicator {
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Number of bad requests. */
  readonly bad: string;
  /** Percentage of bad requests. */
  readonly badPercent: string;
  /** Percentage of requests that must be good. */
  readonly objective: number;
}

/** Metrics of an API. */
export interface RequestMetrics {
  readonly requests: Metric;
  /** Requests that failed with 5xx. */
  readonly serverErrors: Metric;
  /** Requests that API Gateway answered with 429. */
  readonly throttled: Metric;
  /** @param ms duration. @returns the percentage of requests that took no longer */
  readonly getPercentWithin: (ms: number) => Metric;
}

/**
 * The indicators of an API. A request is bad for `errors` if it fails with 5xx, or with 429 because the API is at its rate limit.
 * The service's and WAF's own 429 do not count: they answer one client that sends too much, and an attacker could spend the budget.
 */
export function createIndicators(
  slo: ServiceLevelObjectives,
  { requests, serverErrors, throttled, getPercentWithin }: RequestMetrics,
): Readonly<Record<"errors" | "latency", ServiceLevelIndicator>> {
  // The filter of throttled requests counts 0 for any other line of the access log. If that log is late, errors count alone.
  const bad = "(server_errors + FILL(throttled, 0))";
  const slow = "(100 - within)";
  return {
    errors: {
      metrics: { error_requests: requests, server_errors: serverErrors, throttled },
      bad,
      badPercent: `100 * ${bad} / error_requests`,
      objective: slo.availability,
    },
    latency: {
      metrics: { latency_requests: requests, within: getPercentWithin(parseDurationMs(slo.slow)) },
      bad: `latency_requests * ${slow} / 100`,
      badPercent: slow,
      objective: slo.fast ?? defaultFast,
    },
  };
}

/** The indicator of a distribution, which publishes a rate of 5xx and no number. */
export const createEdgeIndicator = (
  { availability }: ServiceLevelObjectives,
  metrics: { readonly requests: Metric; readonly rate: Metric },
): ServiceLevelIndicator => ({
  metrics: { ...metrics },
  bad: "requests * rate / 100",
  badPercent: "rate",
  objective: availability,
});

const budgetPercent = ({ objective }: ServiceLevelIndicator): number => round(100 - objective);

/** Percentage of the error budget that is left. */
export const toBudgetLeft = (indicator: ServiceLevelIndicator): MetricMath => ({
  expression: `100 - 100 * ${indicator.badPercent} / ${budgetPercent(indicator)}`,
  metrics: indicator.metrics,
});

/** How many times faster than allowed the error budget is spent. */
export const toBurnRate = (indicator: ServiceLevelIndicator): MetricMath => ({
  expression: `${indicator.badPercent} / ${budgetPercent(indicator)}`,
  metrics: indicator.metrics,
});

/**
 * The burn rates that page, from https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts: 2 % of the budget
 * of 30 days in an hour, or 5 % in six hours. The short window ends the alarm soon after the errors end.
 */
const burnRates = {
  fast: { rate: 14.4, long: { id: "1h", minutes: 60 }, short: { id: "5m", minutes: 5 } },
  slow: { rate: 6, long: { id: "6h", minutes: 360 }, short: { id: "30m", minutes: 30 } },
} as const;

const formatWindow = (minutes: number): string =>
  minutes < 60 ? `${minutes} minutes` : minutes === 60 ? "hour" : `${minutes / 60} hours`;

/** Bad requests in the long window below which no alarm fires: a few failures at night wake no one. See docs/adr/0034. */
const minBad = 10;

export interface BurnRateAlarmsProps extends Pick<AlarmProps, "runbook" | "topic"> {
  /** Name of the alarms without the environment. */
  readonly name: string;
  /** Ends the sentence `More than 1 % of all …`, such as `requests failed`. */
  readonly problem: string;
  readonly indicator: ServiceLevelIndicator;
}

/**
 * Two composite alarms that page while an error budget is spent too fast: `-fast` within minutes of an outage, `-slow` for a
 * lower rate that lasts. Windows slide, which is CloudWatch's default:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
 *
 * Costs about $2.2 a month idle.
 *
 * @example
 * new BurnRateAlarms(this, "slo-errors", {
 *   name: "slo-errors", problem: "requests failed", indicator, runbook: "high-errors", topic: foundation.alertTopic,
 * });
 */
export class BurnRateAlarms extends Construct {
  constructor(scope: Construct, id: string, props: BurnRateAlarmsProps) {
    super(scope, id);
    const { problem, indicator, runbook, topic } = props;
    const { bad, badPercent, metrics, objective } = indicator;
    const resourceName = EcobeatStack.of(this).resourceName(props.name);
    for (const [kind, { rate, long, short }] of Object.entries(burnRates)) {
      const name = `${resourceName}-${kind}`;
      const threshold = round(rate * budgetPercent(indicator));
      const breach = `More than ${threshold} % of all ${problem} in the last`;
      const addWindow = ({ id, minutes }: { id: string; minutes: number }, expression: string) =>
        new Alarm(this, `${kind}-${id}`, {
          name: `${name}-${id}`,
          summary: `${breach} ${formatWindow(minutes)}. Part of ${name}, which notifies.`,
          runbook,
          priority: "none",
          metric: { expression, metrics },
          threshold,
          periodSeconds: minutes * 60,
          topic,
        });
      new CompositeAlarm(this, kind, {
        name,
        summary:
          `${breach} ${formatWindow(long.minutes)}, and in the last ${formatWindow(short.minutes)}: ${rate} times as many as the ` +
          `objective of ${objective} % allows.`,
        runbook,
        priority: "page",
        allOf: [addWindow(long, `IF(${bad} >= ${minBad}, ${badPercent}, 0)`), addWindow(short, badPercent)],
        topic,
      });
    }
  }
}

/** Without the errors of binary fractions, such as 0.09999999999999432. */
function round(value: number): number {
  return Number(value.toFixed(6));
}
