import { CloudwatchQueryDefinition } from "@cdktf/provider-aws/lib/cloudwatch-query-definition/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { LogGroup } from "./log-group.ts";

export interface SavedQueryProps {
  /** Name in the environment's folder. */
  readonly name: string;
  /** All in one region. */
  readonly logs: readonly [LogGroup, ...LogGroup[]];
  /** Commands of CloudWatch Logs Insights: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
  readonly commands: readonly string[];
}

export const toQueryString = (commands: readonly string[]): string => commands.join("\n| ");

/**
 * A saved query of CloudWatch Logs Insights. Free; each run is billed by the gigabyte.
 *
 * @example
 * new SavedQuery(this, "cold-starts", {
 *   name: "cold starts", logs: [log], commands: ['filter type = "platform.report"'],
 * });
 */
export class SavedQuery extends Construct {
  constructor(scope: Construct, id: string, props: SavedQueryProps) {
    super(scope, id);
    const { provider } = props.logs[0].resource;
    new CloudwatchQueryDefinition(this, "definition", {
      ...(provider && { provider }),
      name: `${EcobeatStack.of(this).namePrefix}/${props.name}`,
      logGroupNames: props.logs.map((log) => log.name),
      queryString: toQueryString(props.commands),
    });
  }
}

export interface ServiceQueriesProps {
  /** Logs of the functions. */
  readonly functions: readonly [LogGroup, ...LogGroup[]];
  /** Access log of the API. */
  readonly access: LogGroup;
}

/** Durations of requests by route. */
export const slowestRoutes = [
  'filter message = "request"',
  "stats count(*) as requests, pct(duration_ms, 50) as p50_ms, pct(duration_ms, 99) as p99_ms by method, route",
  "sort p99_ms desc",
  "limit 20",
];

/** Errors of the service by fingerprint, and crashes and timeouts, which only Lambda reports. */
const errors = [
  'filter ispresent(fingerprint) or record.status in ["error", "failure", "timeout"]',
  "fields coalesce(fingerprint, record.errorType, record.status) as error, coalesce(request_id, record.requestId) as request",
  "stats count(*) as times, earliest(@timestamp) as first_seen, latest(@timestamp) as last_seen, latest(request) as example by error",
  "sort times desc",
];

/**
 * Saved queries for incidents.
 *
 * @example new ServiceQueries(this, "queries", { functions: [auth.log, api.log], access: api.accessLog });
 */
export class ServiceQueries extends Construct {
  constructor(scope: Construct, id: string, { functions, access }: ServiceQueriesProps) {
    super(scope, id);
    const add = (name: string, logs: SavedQueryProps["logs"], commands: readonly string[]) =>
      new SavedQuery(this, name.replaceAll(" ", "-"), { name, logs, commands });
    add("slowest routes", functions, slowestRoutes);
    add("errors by fingerprint", functions, errors);
    add(
      "one request by its id",
      [access, ...functions],
      [
        'filter coalesce(request_id, requestId) = "the id, as in X-Request-Id"',
        "fields @timestamp, @log, route, status, duration_ms, latencyMs, integrationLatencyMs, wafStatus, errorType, problem, dependency, fingerprint, @message",
        "sort @timestamp asc",
      ],
    );
    add("cold starts", functions, [
      'filter type = "platform.report" and ispresent(record.metrics.initDurationMs)',
      "stats count(*) as starts, avg(record.metrics.initDurationMs) as average_ms, max(record.metrics.initDurationMs) as slowest_ms by bin(1h), @log",
    ]);
    add("failed logins by reason", functions, [
      'filter route like "/auth/login" and status >= 400',
      "stats count(*) as logins by bin(1h), problem, status",
    ]);
    add("users by version of the app", functions, [
      'filter message = "request" and ispresent(user_id)',
      'fields coalesce(app_version, "none") as version',
      "stats count_distinct(user_id) as users, latest(@timestamp) as last_seen by version",
      "sort version asc",
    ]);
    add("refused versions of the app", functions, [
      'filter problem like "/app-version-too-old"',
      "stats count(*) as requests, latest(@timestamp) as last_seen by app_version",
      "sort requests desc",
    ]);
    add("security events", functions, [
      'filter message = "security event"',
      "stats count(*) as times, count_distinct(user_id) as accounts, latest(user_id) as example by bin(1h), event",
    ]);
  }
}
