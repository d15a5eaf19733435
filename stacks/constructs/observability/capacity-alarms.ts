import { Construct } from "constructs";
import {
  alarmShare,
  getColdStartsOfConnections,
  getColdStartsOfParameters,
  getParameterReads,
  rsaOperationsPerSecond,
} from "../../../scripts/capacity/contract.ts";
import { logMetrics } from "../../../service/contract.ts";
import { getAtlasTier } from "../../atlas-tiers.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { Environment } from "../../environments.ts";
import type { RestApi } from "../api/rest-api.ts";
import type { FunctionMetrics } from "../functions/function-metrics.ts";
import { Alarm, type AlarmProps } from "./alarm.ts";
import type { AlertTopic } from "./alert-topic.ts";
import type { Metric } from "./metric.ts";

export interface CapacityAlarmsProps {
  readonly api: RestApi;
  /** Requests that API Gateway answers with 429. */
  readonly throttled: Metric;
  /** Metrics of the function that serves logins and refreshes, and of all functions. */
  readonly auth: FunctionMetrics;
  readonly functions: readonly FunctionMetrics[];
  readonly topic: AlertTopic;
}

const percent = alarmShare * 100;

/** Operations with RSA keys of the account: https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html */
const signatures: Metric = {
  namespace: "AWS/Usage",
  name: "CallCount",
  dimensions: { Service: "KMS", Type: "API", Resource: "CryptographicOperationsRsa", Class: "None" },
  statistic: "Sum",
};

/**
 * Alarms before a limit of requests is reached, at the share of it that `scripts/capacity/contract.ts` says, and one when API Gateway
 * throttles. `scripts/capacity/` lists the limits; other constructs have the alarms on concurrency, Redis and MongoDB.
 *
 * A period is one minute: a push message fills it. Each alarm fires after the first, as there is time to act only before the next push
 * message.
 *
 * Billed by the month for each metric.
 *
 * @example new CapacityAlarms(this, "capacity", { api, throttled, auth, functions: [auth, others], topic });
 */
export class CapacityAlarms extends Construct {
  readonly #props: CapacityAlarmsProps;

  constructor(scope: Construct, id: string, props: CapacityAlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { environment } = EcobeatStack.of(this);
    const { requestsPerSecond, auth } = environment.api;
    this.#add("rest-api-throttles", {
      summary:
        "API Gateway answers requests with 429: the API or a route is at its rate limit. Apps try again for a few seconds.",
      metric: props.throttled,
      threshold: 0,
    });
    this.#add("rest-api-requests", {
      summary: `The API has more than ${percent} % of the requests of its rate limit, ${requestsPerSecond} per second.`,
      metric: props.api.metric("Count", "Sum"),
      threshold: toThreshold(requestsPerSecond * 60),
    });
    this.#add("auth-requests", {
      summary: `Logins and refreshes are more than ${percent} % of their rate limit, ${auth.requestsPerSecond} per second.`,
      metric: props.auth.getLambdaMetric("Invocations", "Sum"),
      threshold: toThreshold(auth.requestsPerSecond * 60),
    });
    this.#add("kms-signatures", {
      summary: `Signatures are more than ${percent} % of the quota of KMS, ${rsaOperationsPerSecond} per second.`,
      metric: signatures,
      threshold: toThreshold(rsaOperationsPerSecond * 60),
    });
    const coldStarts = getColdStartLimit(environment);
    this.#add("cold-starts", {
      summary: `The functions start more than ${percent} % of the ${Math.floor(coldStarts)} environments that Parameter Store and MongoDB can take at the same time.`,
      metric: this.#countColdStarts(),
      threshold: toThreshold(coldStarts),
    });
  }

  #countColdStarts() {
    const metrics = this.#props.functions.map((each) => each.getLogMetric(logMetrics.initDuration, "SampleCount"));
    return {
      expression: metrics.map((_, index) => `FILL(starts_${index}, 0)`).join(" + "),
      metrics: Object.fromEntries(metrics.map((metric, index) => [`starts_${index}`, metric])),
    };
  }

  #add(name: string, props: Pick<AlarmProps, "summary" | "metric" | "threshold">): void {
    new Alarm(this, name, {
      name: EcobeatStack.of(this).resourceName(name),
      runbook: "throttling",
      periodSeconds: 60,
      topic: this.#props.topic,
      ...props,
    });
  }
}

const toThreshold = (limit: number): number => Math.floor(limit * alarmShare);

/** Cold starts in a burst that both Parameter Store and MongoDB can take. */
function getColdStartLimit(environment: Environment): number {
  const { database } = environment;
  const parameters = getColdStartsOfParameters(getParameterReads(environment));
  const rate = database.kind === "flex" ? undefined : getAtlasTier(database.instanceSize).newConnectionsPerSecond;
  return rate === undefined ? parameters : Math.min(parameters, getColdStartsOfConnections(rate));
}
