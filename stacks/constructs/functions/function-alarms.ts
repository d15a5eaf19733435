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
 * Periods are one minute long, because the time to recover is 15 minutes.
 *
 * @example new FunctionAlarms(this, "auth-alarms", { function: auth, metrics, topic: foundation.alertTopic });
 */
export class FunctionAlarms extends Construct {
  /** The alarms that stop a deployment. The pre-traffic check covers the dependencies. */
  readonly deploymentAlarms: readonly Alarm[];
  readonly #props: FunctionAlarmsProps;

  constructor(scope: Construct, id: string, props: FunctionAlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { function: target, metrics } = props;
    const { name, memoryMb } = target;
    const errors = this.#add("errors", {
      summary: `The function ${name} has more than 5 errors or timeouts per minute in two consecutive minutes.`,
      runbook: "high-errors",
      metric: metrics.getLambdaMetric("Errors", "Sum"),
      threshold: 5,
      evaluationPeriods: 2,
    });
    const duration = this.#add("duration", {
      summary: `The function ${name} has an average duration of more than 10 s.`,
      runbook: "high-latency",
      metric: metrics.getLambdaMetric("Duration", "Average"),
      // In ms. At night the average may be that of one request; three minutes in a row are no coincidence.
      threshold: 10_000,
      evaluationPeriods: 3,
    });
    const memory = this.#add("memory", {
      summary: `The function ${name} uses more than 80 % of its memory. At 100 % Lambda ends it.`,
      runbook: "memory",
      metric: metrics.getLogMetric(logMetrics.memoryUsed, "Maximum"),
      threshold: memoryMb * 0.8,
      // An execution environment reports its maximum so far, so one report is enough. A shorter period may have none, and the
      // alarm would return to OK.
      periodSeconds: 300,
    });
    this.deploymentAlarms = [errors, duration, memory];
    this.#add("throttles", {
      summary: `Lambda throttles the function ${name}: it has reached its own or the account's concurrency limit.`,
      runbook: "throttling",
      metric: metrics.getLambdaMetric("Throttles", "Sum"),
      threshold: 0,
      // A burst ends when Lambda has started more execution environments. A low limit keeps throttling.
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    });
    this.#add("database", {
      summary: `The function ${name} cannot reach the database, or gets no response in time.`,
      runbook: "database",
      metric: metrics.getLogMetric(logMetrics.databaseFailures, "Sum"),
      threshold: 0,
      // While a replica set elects a primary, requests fail for a few seconds, which may be in two different minutes.
      evaluationPeriods: 4,
      datapointsToAlarm: 3,
    });
    this.#add("redis", {
      summary: `The function ${name} cannot reach Redis. Users cannot log in or refresh their tokens.`,
      runbook: "redis",
      metric: metrics.getLogMetric(logMetrics.redisFailures, "Sum"),
      threshold: 0,
      // A failover takes a few seconds too.
      evaluationPeriods: 4,
      datapointsToAlarm: 3,
    });
  }

  #add(kind: string, props: Omit<AlarmProps, "name" | "periodSeconds" | "topic"> & { periodSeconds?: number }): Alarm {
    return new Alarm(this, kind, {
      name: `${this.#props.function.name}-${kind}`,
      periodSeconds: 60,
      topic: this.#props.topic,
      ...props,
    });
  }
}
