import { Construct } from "constructs";
import { logMetrics, measuredCaches } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { RestApi } from "../api/rest-api.ts";
import { backupRows } from "../backup/backup-rows.ts";
import type { Cache } from "../cache/cache.ts";
import { cacheRows } from "../cache/cache-rows.ts";
import { createWebAclRows, type DashboardWebAcl } from "../edge/web-acl-rows.ts";
import type { FunctionMetrics } from "../functions/function-metrics.ts";
import type { Alarm } from "./alarm.ts";
import { Dashboard, type DashboardRow, heading } from "./dashboard.ts";
import { alarmStatus, contributors, graph, type Line, table, text } from "./dashboard-widgets.ts";
import type { ErrorTracking } from "./error-tracking.ts";
import { createLoginRows } from "./login-rows.ts";
import type { Metric } from "./metric.ts";
import { getHitRatio, getServiceMetric } from "./service-metrics.ts";
import { slowestRoutes } from "./service-queries.ts";

export interface ServiceDashboardProps {
  /** All alarms of the environment, in any region, as they are at the end of the synthesis. */
  readonly alarms: () => readonly Alarm[];
  readonly api: RestApi;
  readonly functions: readonly FunctionMetrics[];
  readonly errors: ErrorTracking;
  readonly cache: Cache;
  /** The web ACLs before the API, by what they protect. */
  readonly webAcls: readonly DashboardWebAcl[];
}

/**
 * The one page to look at when something rings, in the order in which one asks: are users hurt, where, and what it depends
 * on.
 *
 * ```ts
 * new ServiceDashboard(this, "dashboard", {
 *   api, functions, errors, cache, webAcls, alarms: () => alarms,
 * });
 * ```
 *
 * Costs about $3 a month idle.
 */
export class ServiceDashboard extends Construct {
  readonly #props: ServiceDashboardProps;
  readonly #name: string;
  readonly #region: string;

  constructor(scope: Construct, id: string, props: ServiceDashboardProps) {
    super(scope, id);
    this.#props = props;
    const { namePrefix, region } = EcobeatStack.of(this);
    this.#name = namePrefix;
    this.#region = region;
    new Dashboard(this, "page", {
      name: namePrefix,
      rows: () => [
        ...this.#state(),
        ...this.#users(),
        ...createLoginRows(region),
        ...this.#functions(),
        ...this.#database(),
        ...cacheRows(region, props.cache, this.#each("failures", redisFailures)),
        ...createWebAclRows(props.webAcls),
        ...backupRows(region),
      ],
    });
  }

  #state(): DashboardRow[] {
    const words =
      `# ${this.#name}\n` +
      "An alarm names its runbook. Runbooks by symptom: `runbooks/README.md` in the repository. " +
      "Queries by name: CloudWatch, Logs Insights, Saved queries.";
    return [
      { height: 2, widgets: [text(words)] },
      { height: 4, widgets: [alarmStatus("Does anything ring?", this.#props.alarms())] },
    ];
  }

  #users(): DashboardRow[] {
    const { api } = this.#props;
    const region = this.#region;
    const requests = api.metric("Count", "Sum");
    const share = (label: string, name: string, id: string): Line => ({
      label,
      expression: `100 * ${id} / ${id}_requests`,
      metrics: { [id]: api.metric(name, "Sum"), [`${id}_requests`]: requests },
    });
    return [
      heading("Are users hurt?"),
      {
        height: 6,
        widgets: [
          graph({
            title: "Requests",
            region,
            lines: [
              { label: "all", metric: requests },
              { label: "4xx", metric: api.metric("4XXError", "Sum") },
              { label: "5xx", metric: api.metric("5XXError", "Sum") },
            ],
          }),
          graph({
            title: "Share of failures",
            region,
            unit: "%",
            lines: [share("5xx", "5XXError", "failures"), share("4xx", "4XXError", "refusals")],
          }),
          graph({
            title: "Latency",
            region,
            unit: "ms",
            lines: [
              { label: "p50", metric: api.metric("Latency", "p50") },
              { label: "p99", metric: api.metric("Latency", "p99") },
              { label: "p99 of the functions", metric: api.metric("IntegrationLatency", "p99") },
            ],
          }),
        ],
      },
    ];
  }

  #functions(): DashboardRow[] {
    const { errors } = this.#props;
    const region = this.#region;
    return [
      heading("Which function, and which mistake?"),
      {
        height: 6,
        widgets: [
          graph({
            title: "Errors and throttles",
            region,
            lines: [
              ...this.#each("errors", (metrics) => metrics.getLambdaMetric("Errors", "Sum")),
              ...this.#each("throttles", (metrics) => metrics.getLambdaMetric("Throttles", "Sum")),
            ],
          }),
          graph({
            title: "Duration",
            region,
            unit: "ms",
            lines: [
              ...this.#each("average", (metrics) => metrics.getLambdaMetric("Duration", "Average")),
              ...this.#each("p99", (metrics) => metrics.getLambdaMetric("Duration", "p99")),
            ],
          }),
          contributors({ title: "Errors by fingerprint", region, ruleName: errors.ruleName }),
        ],
      },
      {
        height: 6,
        widgets: [
          graph({
            title: "At once",
            region,
            lines: this.#each("running", (metrics) => metrics.getConcurrencyMetric()),
          }),
          graph({
            title: "Cold starts",
            region,
            lines: this.#each("starts", (metrics) =>
              metrics.getLogMetric(logMetrics.initDuration, "SampleCount"),
            ),
          }),
          graph({
            title: "How long they take",
            region,
            unit: "ms",
            lines: this.#each("slowest", (metrics) =>
              metrics.getLogMetric(logMetrics.initDuration, "Maximum"),
            ),
          }),
          graph({
            title: "Memory",
            region,
            unit: "MB",
            lines: this.#each("most used", (metrics) =>
              metrics.getLogMetric(logMetrics.memoryUsed, "Maximum"),
            ),
          }),
        ],
      },
    ];
  }

  /** What Atlas measures itself is seen in Atlas. */
  #database(): DashboardRow[] {
    const { functions } = this.#props;
    const region = this.#region;
    return [
      heading("Database"),
      {
        height: 6,
        widgets: [
          graph({
            title: "Requests that did not reach it",
            region,
            lines: this.#each("failures", (metrics) =>
              metrics.getLogMetric(logMetrics.databaseFailures, "Sum"),
            ),
          }),
          graph({
            title: "Wait for a connection",
            region,
            unit: "ms",
            lines: [
              { label: "average", metric: getServiceMetric("DatabasePoolWait", "Average") },
              { label: "longest", metric: getServiceMetric("DatabasePoolWait", "Maximum") },
            ],
          }),
          graph({
            title: "Connections of one function at once",
            region,
            lines: [{ label: "most", metric: getServiceMetric("DatabasePoolInUse", "Maximum") }],
          }),
          graph({
            title: "Found in memory instead",
            region,
            unit: "%",
            lines: measuredCaches.map((cache) => ({ label: cache, ...getHitRatio(cache) })),
          }),
        ],
      },
      {
        height: 6,
        widgets: [
          table({
            title: "Slowest routes",
            region,
            logs: functions.map(({ logName }) => logName),
            commands: slowestRoutes,
          }),
        ],
      },
    ];
  }

  #each(label: string, metric: (metrics: FunctionMetrics) => Metric): Line[] {
    return this.#props.functions.map((metrics) => ({
      label: `${metrics.functionName} ${label}`,
      metric: metric(metrics),
    }));
  }
}

const redisFailures = (metrics: FunctionMetrics): Metric =>
  metrics.getLogMetric(logMetrics.redisFailures, "Sum");
