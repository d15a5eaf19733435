import { Construct } from "constructs";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface FunctionUsageAlarmsProps {
  /** One whose callers wait for the answer. */
  readonly function: ServiceFunction;
  readonly topic: AlertTopic;
}

/** Share of its reservation at which a function begins to be short of it. */
const nearShare = 0.8;

/**
 * Alarms on how a function is called: nearly as often at once as it may be, or in a way that it is not meant for.
 *
 * ```ts
 * new FunctionUsageAlarms(this, "auth-usage", {
 *   function: auth, topic: foundation.alertTopic,
 * });
 * ```
 *
 * Billed by the month for two metrics.
 */
export class FunctionUsageAlarms extends Construct {
  constructor(scope: Construct, id: string, props: FunctionUsageAlarmsProps) {
    super(scope, id);
    const { name, reservedConcurrency } = props.function;
    const dimensions = { FunctionName: name };

    new Alarm(this, "concurrency", {
      name: `${name}-concurrency`,
      summary: `The function ${name} answers nearly as many requests at once as it may, and soon refuses the next ones.`,
      runbook: "throttling",
      metric: { namespace: "AWS/Lambda", name: "ConcurrentExecutions", dimensions, statistic: "Maximum" },
      threshold: Math.floor(reservedConcurrency * nearShare),
      // A burst that the reservation bears is over within a minute or two.
      periodSeconds: 60,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      topic: props.topic,
    });
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#async-invocation-metrics
    new Alarm(this, "async-invocations", {
      name: `${name}-async-invocations`,
      summary: `The function ${name} was invoked asynchronously: if it failed, its caller does not know.`,
      runbook: "failed-events",
      metric: { namespace: "AWS/Lambda", name: "AsyncEventsReceived", dimensions, statistic: "Sum" },
      threshold: 0,
      periodSeconds: 300,
      topic: props.topic,
    });
  }
}
