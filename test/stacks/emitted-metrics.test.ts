import { expect } from "chai";
import { MongoServerSelectionError } from "mongodb";
import { Observer } from "../../scripts/backup/lambda/observer.ts";
import { RedisSessionStore } from "../../service/auth/redis-session-store.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { mongoDatabase } from "../support/databases.ts";
import { parseEmbeddedMetrics } from "../support/embedded-metrics.ts";
import { getField, matchesPattern } from "../support/filter-pattern.ts";
import { report } from "../support/lambda-report.ts";
import { newPerson, startService, testConfig } from "../support/service.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { alarms } from "./rules/alarms.ts";
import { getWidgetMetrics, getWidgets } from "./rules/dashboards.ts";
import { getAlarmMetrics, type NamedMetric } from "./rules/metrics.ts";
import { resources } from "./rules/resources.ts";
import { allStacks, type Rule, testRule } from "./rules/rule.ts";

type Line = Record<string, unknown>;

/** What CloudWatch tells metrics apart by: `Ecobeat SecurityEvents {"event":"login_failed"}`. */
const toKey = ({ namespace, name, dimensions }: Pick<NamedMetric, "namespace" | "name" | "dimensions">) =>
  `${namespace} ${name} ${JSON.stringify(dimensions)}`;

/** What the service writes while somebody logs in, well and badly, asks for the profile, and uses a token twice. */
async function usualLines(): Promise<Line[]> {
  const metrics = new Metrics(Date.now);
  const real = process.env.MONGODB_URI ? await mongoDatabase({ metrics }) : undefined;
  const refreshBySession = { requests: 3, windowSeconds: 60 };
  const service = await startService(
    real && { database: async () => real.database },
    { limits: { ...testConfig.limits, refreshBySession } },
    Date.now,
    metrics,
  );
  const send = async (path: string, body: object) =>
    (await service.send("POST", `/v1/auth/${path}`, { body })).body;
  const { name, ...credentials } = newPerson();
  const { access_token, ...first } = await send("register", { ...credentials, name });
  for (const path of ["/v1/users/me", "/v1/activities/summary?month=2026-11"]) {
    for (let count = 0; count < 2; count++) await service.send("GET", path, { token: access_token });
  }
  await send("login", { ...credentials, password: "another passphrase" });
  const { refresh_token } = await send("login", credentials);
  await send("logout", { refresh_token });
  const second = await send("refresh", { refresh_token: first.refresh_token });
  await send("refresh", { refresh_token: second.refresh_token });
  // A copy of the first one, and once more than is allowed.
  for (let count = 0; count < 2; count++) await send("refresh", { refresh_token: first.refresh_token });
  await service.stop();
  await real?.remove();
  return service.lines;
}

/** What it writes about a login while a dependency is out of reach. */
async function linesWithout(overrides: Parameters<typeof startService>[0]): Promise<Line[]> {
  const service = await startService(overrides);
  await service.send("POST", "/v1/auth/register", { body: newPerson() });
  await service.stop();
  return service.lines;
}

/** What the functions that make and verify backups write. */
async function backupLines(): Promise<Line[]> {
  const lines: Line[] = [];
  const observer = new Observer(
    jsonLogger((line) => lines.push(JSON.parse(line))),
    Date.now,
  );
  const id = "20261122T223000Z-4f2a91c3";
  await observer.dump(async () => ({ id, documents: 1, bytes: 1, seconds: 1, snapshot: true }));
  await observer.restoreTest(async () => ({ id, documents: 1, collections: 1, seconds: 1, ageSeconds: 1 }));
  return lines;
}

/** Unit of what a filter measures: of Lambda's fields, which end in theirs, or lines. */
const toUnit = (value: string) =>
  value.endsWith("Ms") ? "Milliseconds" : value.endsWith("MB") ? "Megabytes" : "Count";

/** Units of all metrics that CloudWatch makes of lines, by their keys. */
function measuredIn(lines: readonly Line[]): Map<string, string> {
  const embedded = lines.flatMap(parseEmbeddedMetrics).map((metric) => [toKey(metric), metric.unit] as const);
  const filtered = resources(allStacks(), "aws_cloudwatch_log_metric_filter").flatMap(
    ({ attributes: { pattern, metric_transformation } }) => {
      const { namespace, name, value } = metric_transformation;
      const found = lines.some(
        (line) =>
          matchesPattern(pattern, line) &&
          Number.isFinite(Number(value.startsWith("$") ? getField(value.slice(1), line) : value)),
      );
      return found ? [[toKey({ namespace, name, dimensions: {} }), toUnit(value)] as const] : [];
    },
  );
  return new Map([...embedded, ...filtered]);
}

const isOurs = ({ namespace }: NamedMetric) => /^Ecobeat(\/|$)/.test(namespace);

/** Only a real database has a pool. */
const canBeSeen = ({ name }: NamedMetric) =>
  process.env.MONGODB_URI !== undefined || !/^DatabasePool/.test(name);

/** Our own metrics that alarms and widgets look at, each with the unit that is said to whoever reads it. */
function getUsedMetrics(stacks: Stacks): { at: string; metric: NamedMetric; unit?: string | undefined }[] {
  const ofAlarms = resources(stacks, "aws_cloudwatch_metric_alarm").flatMap((alarm) =>
    getAlarmMetrics(alarm).map((metric) => ({ at: alarm.address, metric })),
  );
  const ofWidgets = resources(stacks, "aws_cloudwatch_dashboard").flatMap((dashboard) =>
    getWidgets(dashboard).flatMap((widget) =>
      getWidgetMetrics(dashboard, widget).map((metric) => ({
        at: `${dashboard.address} ${widget.properties.title}`,
        metric,
        unit: getDeclaredUnit(widget, metric),
      })),
    ),
  );
  return [...ofAlarms, ...ofWidgets].filter(({ metric }) => isOurs(metric));
}

const units: Readonly<Record<string, string>> = {
  ms: "Milliseconds",
  s: "Seconds",
  MB: "Megabytes",
  "%": "Count",
};

/** The unit that a widget says; how many measurements there were is a number whatever they measure. */
const getDeclaredUnit = ({ properties }: Attributes, { statistic }: NamedMetric): string | undefined =>
  statistic === "SampleCount" ? undefined : (units[properties.yAxis.left.label] ?? "Count");

describe("metrics of our own", () => {
  let emitted: Map<string, string>;
  before(async () => {
    emitted = measuredIn([
      ...(await usualLines()),
      ...(await linesWithout({
        database: async () => {
          throw new MongoServerSelectionError("no server", {} as never);
        },
      })),
      ...(await linesWithout({
        sessions: async () => new RedisSessionStore(new RedisConnection("redis://127.0.0.1:1")),
      })),
      ...(await backupLines()),
      report,
    ]);
  });

  const emittedMetrics: Rule = {
    name: "what alarms and widgets look at was emitted by the running service, in the unit that is said",
    check: (stacks) =>
      getUsedMetrics(stacks)
        .filter(({ metric }) => canBeSeen(metric))
        .filter(({ metric, unit }) => {
          const found = emitted.get(toKey(metric));
          return found === undefined || (unit !== undefined && unit !== found);
        })
        .map(({ at, metric, unit }) => `${at}: nobody emits ${toKey(metric)} ${unit ?? ""}`),
  };

  testRule(emittedMetrics, {
    "an alarm on a metric of another name": (stacks) => {
      alarms(stacks, "staging-signing")[0]!.attributes.metric_name = "SignLatency";
    },
    "an alarm on another count of backups": (stacks) => {
      const [late] = alarms(stacks, "staging-dump-late");
      late!.attributes.metric_query[1].metric.metric_name = "BackupsBegun";
    },
    "an alarm on an event that there is not": (stacks) => {
      alarms(stacks, "staging-token-reuse")[0]!.attributes.dimensions = { event: "token_reused" };
    },
    "an alarm on an event without its dimension": (stacks) => {
      alarms(stacks, "staging-token-reuse")[0]!.attributes.dimensions = {};
    },
    "an alarm on a function's metric of another function": (stacks) => {
      alarms(stacks, "staging-auth-memory")[0]!.attributes.namespace = "Ecobeat/ecobeat-staging-login";
    },
    "a computed metric of another namespace": (stacks) => {
      const [failures] = alarms(stacks, "staging-login-failures");
      const { metric } = failures!.attributes.metric_query.find(({ id }: Attributes) => id === "succeeded");
      metric.namespace = "Ecobeat/ecobeat-staging-auth";
    },
    "a widget in another unit": changeWidget("Token signing", ({ properties }) => {
      properties.yAxis.left.label = "MB";
    }),
    "a widget of a metric that is gone": changeWidget("Logins and refreshes", ({ properties }) => {
      properties.metrics[0][1] = "Login";
    }),
    "a line that a filter no longer finds": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_cloudwatch_metric_alarm")) {
        if (attributes.metric_name === "DatabaseFailures") attributes.metric_name = "DatabaseErrors";
      }
    },
  });

  it("are all looked at: each is paid for", () => {
    const seen = getUsedMetrics(allStacks()).map(({ metric }) => toKey(metric));
    const unseen = [...emitted.keys()].filter((key) => !seen.includes(key));
    expect(unseen).to.deep.equal(eventsForInvestigators);
  });
});

/** They happen every day; an investigator looks for their lines. */
const eventsForInvestigators = ['Ecobeat SecurityEvents {"event":"session_revoked"}'];

/** Changes the widget of that title in the first dashboard. */
function changeWidget(title: string, edit: (widget: Attributes) => void) {
  return (stacks: Stacks) => {
    const [dashboard] = resources(stacks, "aws_cloudwatch_dashboard");
    const body = JSON.parse(dashboard!.attributes.dashboard_body);
    edit(body.widgets.find(({ properties }: Attributes) => properties.title === title));
    dashboard!.attributes.dashboard_body = JSON.stringify(body);
  };
}
