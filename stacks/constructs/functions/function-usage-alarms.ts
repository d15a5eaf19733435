import { Construct } from "constructs";
import { alarmShare } from "../../../scripts/capacity/contract.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface FunctionUsageAlarmsProps {
  /** A function for synchronous invocations. */
  readonly function: ServiceFunction;
  readonly topic: AlertTopic;
}

/**
 * Alarms on the invocations of a function: close to its reserved concurrency, or asynchronous.
 *
 * Billed by the month for two metrics.
 *
 * @example new FunctionUsageAlarms(this, "auth-usage", { function: auth, topic: foundation.alertTopic });
 */
export class FunctionUsageAlarms extends Construct {
  constructor(scope: Construct, id: string, props: FunctionUsageAlarmsProps) {
    super(scope, id);
    const { name, reservedConcurrency } = props.function;
    const dimensions = { FunctionName: name };

    new Alarm(this, "concurrency", {
      name: `${name}-concurrency`,
      summary: `The function ${name} uses more than ${alarmShare * 100} % of its reserved concurrency. At 100 % Lambda throttles requests.`,
      runbook: "throttling",
      metric: { namespace: "AWS/Lambda", name: "ConcurrentExecutions", dimensions, statistic: "Maximum" },
      threshold: Math.floor(reservedConcurrency * alarmShare),
      // A burst within the reservation ends after a minute or two.
      periodSeconds: 60,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      topic: props.topic,
    });
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#async-invocation-metrics
    new Alarm(this, "async-invocations", {
      name: `${name}-async-invocations`,
      summary: `The function ${name} was invoked asynchronously. If it failed, its caller does not know.`,
      runbook: "failed-events",
      metric: { namespace: "AWS/Lambda", name: "AsyncEventsReceived", dimensions, statistic: "Sum" },
      threshold: 0,
      periodSeconds: 300,
      topic: props.topic,
    });
  }
}
