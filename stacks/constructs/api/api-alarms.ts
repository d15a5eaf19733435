import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { Alarm } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { RestApi } from "./rest-api.ts";

export interface ApiAlarmsProps {
  readonly api: RestApi;
  readonly topic: AlertTopic;
}

/** Requests in five minutes below which the error rate means nothing: one failure in 20 is 5 %. */
const minRequestsForRate = 20;
/** Requests in five minutes below which p99 is a single request. */
const minRequestsForPercentile = 100;

/**
 * Alarms on what users experience: error rate and latency. Both need a minimum of requests, so that a single failed request
 * at night wakes no one.
 *
 * @example new ApiAlarms(this, "rest-api-alarms", { api, topic: foundation.alertTopic });
 */
export class ApiAlarms extends Construct {
  /** All of them, because a new version can cause each. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { api, topic }: ApiAlarmsProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const failures = new Alarm(this, "failures", {
      name: stack.resourceName("rest-api-failures"),
      summary: "More than 5 % of all requests fail with 5xx.",
      runbook: "high-errors",
      metric: {
        expression: `IF(requests >= ${minRequestsForRate}, 100 * failures / requests, 0)`,
        metrics: { failures: api.metric("5XXError", "Sum"), requests: api.metric("Count", "Sum") },
      },
      threshold: 5,
      periodSeconds: 300,
      topic,
    });
    const latency = new Alarm(this, "latency", {
      name: stack.resourceName("rest-api-latency"),
      summary: "The p99 latency of the API exceeds 3 s.",
      runbook: "high-latency",
      metric: {
        expression: `IF(requests >= ${minRequestsForPercentile}, latency, 0)`,
        metrics: { latency: api.metric("Latency", "p99"), requests: api.metric("Count", "Sum") },
      },
      // In ms. A cold start with a login takes about one second. Users who wait three seconds try again.
      threshold: 3_000,
      periodSeconds: 300,
      // The cold starts of a release are over in the next period.
      evaluationPeriods: 2,
      topic,
    });
    this.alarms = [failures, latency];
  }
}
