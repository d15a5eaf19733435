import { Construct } from "constructs";
import { logMetrics } from "../../../service/contract.ts";
import { Alarm, type AlarmProps } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { FunctionMetrics } from "./function-metrics.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface FunctionAlarmsProps {
  readonly function: ServiceFunction;
  readonly metrics: FunctionMetrics;
  readonly topic: AlertTopic;
}

/**
 * Alarms on a function that answers requests: errors, slowness, memory, throttling, and dependencies that it does not reach.
 * Periods are a minute long, as whoever is told has fifteen to put it right.
 *
 * ```ts
 * new FunctionAlarms(this, "auth-alarms", {
 *   function: auth, metrics, topic: foundation.alertTopic,
 * });
 * ```
 */
export class FunctionAlarms extends Construct {
  /** Those that a bad version rings. What else it reaches or not is tried before it gets requests. */
  readonly deploymentAlarms: readonly Alarm[];
  readonly #props: FunctionAlarmsProps;

  constructor(scope: Construct, id: string, props: FunctionAlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { function: target, metrics } = props;
    const { name, memoryMb } = target;
    const errors = this.#add("errors", {
      summary: `The function ${name} failed more than 5 times a minute, for 2 minutes: it crashed or ran out of time.`,
      runbook: "high-errors",
      metric: metrics.getLambdaMetric("Errors", "Sum"),
      threshold: 5,
      evaluationPeriods: 2,
    });
    const duration = this.#add("duration", {
      summary: `The function ${name} takes more than 10 s on average.`,
      runbook: "high-latency",
      metric: metrics.getLambdaMetric("Duration", "Average"),
      // In ms. At night an average may be that of one request: three minutes are no chance.
      threshold: 10_000,
      evaluationPeriods: 3,
    });
    const memory = this.#add("memory", {
      summary: `The function ${name} uses more than 80 % of its memory. At 100 % it is killed.`,
      runbook: "memory",
      metric: metrics.getLogMetric(logMetrics.memoryUsed, "Maximum"),
      threshold: memoryMb * 0.8,
      // An execution environment reports the most it has ever used: the first report tells as much as the third. In a shorter
      // period there may be none, and the alarm would seem to be over.
      periodSeconds: 300,
    });
    this.deploymentAlarms = [errors, duration, memory];
    this.#add("throttles", {
      summary: `Lambda refuses to start the function ${name}: too many of its kind, or of the account, are running.`,
      runbook: "throttling",
      metric: metrics.getLambdaMetric("Throttles", "Sum"),
      threshold: 0,
      // A burst passes while Lambda starts more of them; a limit that is too low stays.
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    });
    this.#add("database", {
      summary: `The function ${name} does not reach the database, or gets no answer in time.`,
      runbook: "database",
      metric: metrics.getLogMetric(logMetrics.databaseFailures, "Sum"),
      threshold: 0,
      // While a replica set elects a primary, requests fail for some seconds, which may fall into two minutes.
      evaluationPeriods: 4,
      datapointsToAlarm: 3,
    });
    this.#add("session-store", {
      summary: `The function ${name} does not reach Redis: nobody can log in or renew a token.`,
      runbook: "redis",
      metric: metrics.getLogMetric(logMetrics.redisFailures, "Sum"),
      threshold: 0,
      // A failover takes some seconds too.
      evaluationPeriods: 4,
      datapointsToAlarm: 3,
    });
  }

  #add(
    kind: string,
    props: Omit<AlarmProps, "name" | "periodSeconds" | "topic"> & { periodSeconds?: number },
  ): Alarm {
    return new Alarm(this, kind, {
      name: `${this.#props.function.name}-${kind}`,
      periodSeconds: 60,
      topic: this.#props.topic,
      ...props,
    });
  }
}
