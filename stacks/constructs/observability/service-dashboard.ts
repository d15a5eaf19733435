import { Construct } from "constructs";
import { logMetrics, measuredCaches } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { RestApi } from "../api/rest-api.ts";
import { backupRows } from "../backup/backup-rows.ts";
import type { Cache } from "../cache/cache.ts";
import { cacheRows } from "../cache/cache-rows.ts";
import type { WebAclRef } from "../edge/web-acl.ts";
import { createWebAclRows } from "../edge/web-acl-rows.ts";
import type { FunctionMetrics } from "../functions/function-metrics.ts";
import { createMailRows } from "../mail/mail-rows.ts";
import type { Alarm, CompositeAlarm } from "./alarm.ts";
import {
  alarmStatus,
  contributors,
  Dashboard,
  type DashboardRow,
  graph,
  heading,
  type Lines,
  table,
  text,
  totals,
} from "./dashboard.ts";
import type { Metric, MetricMath } from "./metric.ts";
import { slowestRoutes } from "./saved-queries.ts";
import { type ServiceLevelIndicator, toBudgetLeft, toBurnRate } from "./service-levels.ts";
import {
  appVersionSearch,
  getHitRatio,
  getSecurityEventMetric,
  getServiceMetric,
  tlsConnectionMetrics,
} from "./service-metrics.ts";

export interface ServiceDashboardProps {
  /** All alarms of the environment that notify, in any region, as of the end of the synthesis. */
  readonly alarms: () => readonly (Alarm | CompositeAlarm)[];
  readonly api: RestApi;
  /** Requests that API Gateway answers with 429. */
  readonly throttled: Metric;
  /** By the name of what they measure. */
  readonly indicators: Readonly<Record<string, ServiceLevelIndicator>>;
  readonly functions: readonly FunctionMetrics[];
  /** Contributor Insights rule that counts errors by fingerprint. */
  readonly errorRuleName: string;
  readonly cache: Cache;
  readonly webAcls: readonly WebAclRef[];
}

/**
 * The dashboard for on-call engineers, from the impact on users to the dependencies.
 *
 * Costs about $3 a month idle.
 *
 * @example new ServiceDashboard(this, "dashboard", { api, throttled, indicators, functions, errorRuleName, cache, webAcls, alarms });
 */
export class ServiceDashboard extends Construct {
  readonly #props: ServiceDashboardProps;

  constructor(scope: Construct, id: string, props: ServiceDashboardProps) {
    super(scope, id);
    this.#props = props;
    const { namePrefix: name, region, environment } = EcobeatStack.of(this);
    new Dashboard(this, "service", {
      name,
      rows: () => [
        ...this.#alarms(name),
        ...this.#users(),
        ...this.#functions(),
        ...this.#database(),
        ...cacheRows(
          props.cache,
          this.#each("failures", (metrics) => metrics.getLogMetric(logMetrics.redisFailures, "Sum")),
        ),
        ...createWebAclRows(props.webAcls, region),
        ...createMailRows(environment.name),
        ...backupRows,
      ],
    });
  }

  #alarms(name: string): DashboardRow[] {
    const introduction =
      `# ${name}\n` +
      "The description of an alarm names its runbook. Runbooks by symptom: `runbooks/README.md` in the repository. " +
      "Queries: CloudWatch, Logs Insights, Saved queries.";
    return [
      { height: 2, widgets: [text(introduction)] },
      { height: 4, widgets: [alarmStatus("Alarms", this.#props.alarms())] },
    ];
  }

  #users(): DashboardRow[] {
    const { api } = this.#props;
    const requests = api.metric("Count", "Sum");
    const toPercentage = (name: string, id: string): MetricMath => ({
      expression: `100 * ${id} / ${id}_requests`,
      metrics: { [id]: api.metric(name, "Sum"), [`${id}_requests`]: requests },
    });
    return [
      heading("User impact"),
      {
        height: 4,
        widgets: [
          totals("Error budget left", "%", 30, this.#eachIndicator(toBudgetLeft)),
          graph("Error budget, times too fast", "count", this.#eachIndicator(toBurnRate)),
        ],
      },
      {
        height: 6,
        widgets: [
          graph("Requests", "count", {
            all: requests,
            "4xx": api.metric("4XXError", "Sum"),
            "5xx": api.metric("5XXError", "Sum"),
            throttled: this.#props.throttled,
          }),
          graph("Error rate", "%", {
            "5xx": toPercentage("5XXError", "server_errors"),
            "4xx": toPercentage("4XXError", "client_errors"),
          }),
          graph("Latency", "ms", {
            p50: api.metric("Latency", "p50"),
            p99: api.metric("Latency", "p99"),
            "p99 of the functions": api.metric("IntegrationLatency", "p99"),
          }),
        ],
      },
      {
        height: 6,
        widgets: [
          graph("Logins and refreshes", "count", {
            logins: getServiceMetric("Logins", "Sum"),
            refreshes: getServiceMetric("Refreshes", "Sum"),
            "refreshes repeated late": getSecurityEventMetric("refresh_token_repeated_late"),
            "rotations recovered": getSecurityEventMetric("refresh_rotation_recovered"),
          }),
          // An empty label leaves that of each metric, which is its version.
          graph("Versions of the app", "count", {
            "": { search: appVersionSearch },
            "refused as too old": getServiceMetric("AppVersionRefusals", "Sum"),
          }),
          graph("Attacks on accounts", "count", {
            "wrong password": getSecurityEventMetric("login_failed"),
            "password reset": getSecurityEventMetric("password_reset_requested"),
            "rate limited": getSecurityEventMetric("rate_limited"),
            "refresh token reused": getSecurityEventMetric("refresh_token_reused"),
            "shown by support": getServiceMetric("SupportDisclosures", "Sum"),
            "deleted by support": getServiceMetric("SupportDeletions", "Sum"),
          }),
          graph("Token signing", "ms", {
            average: getServiceMetric("SignDuration", "Average"),
            p99: getServiceMetric("SignDuration", "p99"),
          }),
        ],
      },
    ];
  }

  #functions(): DashboardRow[] {
    return [
      heading("Functions"),
      {
        height: 6,
        widgets: [
          graph("Errors and throttles", "count", {
            ...this.#each("errors", (metrics) => metrics.getLambdaMetric("Errors", "Sum")),
            ...this.#each("throttles", (metrics) => metrics.getLambdaMetric("Throttles", "Sum")),
          }),
          graph("Duration", "ms", {
            ...this.#each("average", (metrics) => metrics.getLambdaMetric("Duration", "Average")),
            ...this.#each("p99", (metrics) => metrics.getLambdaMetric("Duration", "p99")),
          }),
          contributors("Errors by fingerprint", this.#props.errorRuleName),
          graph("New TLS connections", "count", tlsConnectionMetrics),
        ],
      },
      {
        height: 6,
        widgets: [
          graph(
            "Concurrent executions",
            "count",
            this.#each("maximum", (metrics) => metrics.getConcurrencyMetric()),
          ),
          this.#graphLog("Cold starts", "count", logMetrics.initDuration, "SampleCount"),
          this.#graphLog("Cold start duration", "ms", logMetrics.initDuration, "Maximum"),
          this.#graphLog("Memory", "MB", logMetrics.memoryUsed, "Maximum"),
        ],
      },
    ];
  }

  /** Atlas shows its own metrics. */
  #database(): DashboardRow[] {
    return [
      heading("Database"),
      {
        height: 6,
        widgets: [
          this.#graphLog("Requests without a database", "count", logMetrics.databaseFailures, "Sum"),
          graph("Wait for a connection", "ms", {
            average: getServiceMetric("DatabasePoolWait", "Average"),
            maximum: getServiceMetric("DatabasePoolWait", "Maximum"),
          }),
          graph("Connections in use by one function", "count", {
            maximum: getServiceMetric("DatabasePoolInUse", "Maximum"),
          }),
          graph("Cache hit ratio", "%", Object.fromEntries(measuredCaches.map((cache) => [cache, getHitRatio(cache)]))),
        ],
      },
      {
        height: 6,
        widgets: [
          table(
            "Slowest routes",
            this.#props.functions.map(({ logName }) => logName),
            slowestRoutes,
          ),
        ],
      },
    ];
  }

  #eachIndicator(toLine: (indicator: ServiceLevelIndicator) => MetricMath): Lines {
    return Object.fromEntries(Object.entries(this.#props.indicators).map(([name, each]) => [name, toLine(each)]));
  }

  /** A graph of a log metric of each function. */
  #graphLog(title: string, unit: "count" | "ms" | "MB", ...metric: Parameters<FunctionMetrics["getLogMetric"]>) {
    const [, statistic] = metric;
    return graph(
      title,
      unit,
      this.#each(statistic.toLowerCase(), (metrics) => metrics.getLogMetric(...metric)),
    );
  }

  #each(label: string, metric: (metrics: FunctionMetrics) => Metric): Lines {
    return Object.fromEntries(
      this.#props.functions.map((metrics) => [`${metrics.functionName} ${label}`, metric(metrics)]),
    );
  }
}
