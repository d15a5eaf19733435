import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter/index.js";
import { Construct } from "constructs";
import { logMetrics, metricNamespace } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import type { Metric } from "../observability/metric.ts";
import { BurnRateAlarms, createIndicators, type ServiceLevelIndicator } from "../observability/service-levels.ts";
import type { RestApi } from "./rest-api.ts";

export interface ApiServiceLevelsProps {
  readonly api: RestApi;
  readonly topic: AlertTopic;
}

/**
 * The service levels of an API, with the alarms that page while an error budget is spent too fast.
 *
 * They are measured at API Gateway, which publishes 5xx, 429 and latency within minutes. CloudFront publishes no 429, and its access
 * log may be an hour late: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
 *
 * Costs about $4.3 a month idle.
 *
 * @example new ApiServiceLevels(this, "service-levels", { api, topic: foundation.alertTopic });
 */
export class ApiServiceLevels extends Construct {
  readonly indicators: Readonly<Record<"errors" | "latency", ServiceLevelIndicator>>;
  /** Requests that API Gateway answers with 429, because the API or a route is at its rate limit. */
  readonly throttled: Metric;

  constructor(scope: Construct, id: string, { api, topic }: ApiServiceLevelsProps) {
    super(scope, id);
    this.throttled = this.#addThrottledRequests(api);
    const { slo } = EcobeatStack.of(this).environment;
    this.indicators = createIndicators(slo, {
      requests: api.metric("Count", "Sum"),
      serverErrors: api.metric("5XXError", "Sum"),
      throttled: this.throttled,
      getPercentWithin: (ms) => api.metric("Latency", `PR(:${ms})`),
    });
    new BurnRateAlarms(this, "slo-errors", {
      name: "slo-errors",
      problem: "requests failed with 5xx or were throttled",
      runbook: "high-errors",
      indicator: this.indicators.errors,
      topic,
    });
    new BurnRateAlarms(this, "slo-latency", {
      name: "slo-latency",
      problem: `requests took longer than ${slo.slow}`,
      runbook: "high-latency",
      indicator: this.indicators.latency,
      topic,
    });
  }

  /** API Gateway has no metric of 429, and `4XXError` also counts wrong passwords. */
  #addThrottledRequests({ accessLog }: RestApi): Metric {
    const name = logMetrics.throttledRequests;
    const namespace = `${metricNamespace}/${EcobeatStack.of(this).resourceName("api")}-gateway`;
    new CloudwatchLogMetricFilter(new Construct(this, name), "filter", {
      name,
      logGroupName: accessLog.name,
      // Not 429 of the service or of WAF, whose responses have another type or none:
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
      pattern: '{ $.status = "429" && $.errorType = "THROTTLED" }',
      // Lines that do not match count as 0, so that the metric has a value whenever there are requests.
      metricTransformation: { namespace, name, value: "1", defaultValue: "0" },
    });
    return { namespace, name, dimensions: {}, statistic: "Sum" };
  }
}
