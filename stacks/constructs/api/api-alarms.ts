import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { RestApi } from "./rest-api.ts";

export interface ApiAlarmsProps {
  readonly api: RestApi;
  readonly topic: AlertTopic;
}

/** Requests in five minutes below which a share says nothing: of 20, one failure is 5 %. */
const fewestForShare = 20;
/** Requests in five minutes below which the slowest hundredth is not even one. */
const fewestForPercentile = 100;

/**
 * Alarms on what users get: failures and slowness, as a share of the requests, so that one at night wakes nobody.
 *
 * ```ts
 * new ApiAlarms(this, "rest-api-alarms", {
 *   api, topic: foundation.alertTopic,
 * });
 * ```
 */
export class ApiAlarms extends Construct {
  /** All of them: each may be the fault of a new version. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { api, topic }: ApiAlarmsProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const failures = new Alarm(this, "failures", {
      name: stack.resourceName("rest-api-failures"),
      summary: "More than 5 % of all requests are answered with 5xx.",
      runbook: "high-errors",
      metric: {
        expression: `IF(requests >= ${fewestForShare}, 100 * failures / requests, 0)`,
        metrics: { failures: api.metric("5XXError", "Sum"), requests: api.metric("Count", "Sum") },
      },
      threshold: 5,
      periodSeconds: 300,
      topic,
    });
    const latency = new Alarm(this, "latency", {
      name: stack.resourceName("rest-api-latency"),
      summary: "One request in a hundred takes longer than 3 s.",
      runbook: "high-latency",
      metric: {
        expression: `IF(requests >= ${fewestForPercentile}, latency, 0)`,
        metrics: { latency: api.metric("Latency", "p99"), requests: api.metric("Count", "Sum") },
      },
      // In ms. A cold start with a login takes about one second; who waits for three sends the request again.
      threshold: 3_000,
      periodSeconds: 300,
      // A release starts all functions anew: that is over in the next period.
      evaluationPeriods: 2,
      topic,
    });
    this.alarms = [failures, latency];
  }
}
