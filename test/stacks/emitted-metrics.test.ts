import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { dumpAttempt, logAttempt, restoreTestAttempt } from "../../scripts/backup/lambda/attempt-log.ts";
import { runScheduledSmokeTest } from "../../scripts/release/smoke-test/smoke-test.ts";
import { Outbox } from "../../service/mail/outbox.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { logTlsConnection } from "../../service/platform/tls-connections.ts";
import { callEverySupportAction } from "../support/call-every-support-action.ts";
import { mongoDatabase } from "../support/databases.ts";
import { parseEmbeddedMetrics } from "../support/embedded-metrics.ts";
import { extractValue } from "../support/filter-pattern.ts";
import { report } from "../support/lambda-report.ts";
import { collectRequestLines, withoutDatabase, withoutRedis } from "../support/log-lines.ts";
import { RefreshTokenFormats } from "../support/refresh-token-formats.ts";
import { newPerson, startService, testConfig } from "../support/service.ts";
import { createSender, startSesServer, toSqsEvent } from "../support/ses-server.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { changeAlarm } from "./rules/alarms.ts";
import { changeWidget, getWidgetMetrics, getWidgetSearches, getWidgets } from "./rules/dashboards.ts";
import { getAlarmMetrics, type NamedMetric } from "./rules/metrics.ts";
import { type Change, resources } from "./rules/resources.ts";
import { allStacks, type Rule, testRule } from "./rules/rule.ts";

type Line = Record<string, unknown>;

/** Identity of a metric: `Ecobeat SecurityEvents {"event":"login_failed"}`. */
const toKey = ({ namespace, name, dimensions }: Pick<NamedMetric, "namespace" | "name" | "dimensions">) =>
  `${namespace} ${name} ${JSON.stringify(dimensions)}`;

/** Log lines of successful and failed logins, requests for the profile, and tokens that come late, after a loss, or twice. */
async function collectLines(): Promise<Line[]> {
  const metrics = new Metrics(Date.now);
  const real = process.env.MONGODB_URI ? await mongoDatabase({ metrics }) : undefined;
  const refreshBySession = { requests: 5, windowSeconds: 300 };
  const pepper = randomBytes(32);
  const service = await startService(
    { refreshTokenPeppers: async () => ({ current: pepper }), ...(real && { database: async () => real.database }) },
    { minimumAppVersion: "1.4.0", limits: { ...testConfig.limits, refreshBySession } },
    Date.now,
    metrics,
  );
  const send = async (path: string, body: object) => (await service.send("POST", `/v1/auth/${path}`, { body })).body;
  const { name, ...credentials } = newPerson();
  const { access_token, ...first } = await send("register", { ...credentials, name });
  for (const path of ["/v1/users/me", "/v1/activities/summary?month=2026-11"]) {
    for (let count = 0; count < 2; count++) await service.send("GET", path, { token: access_token });
  }
  await send("login", { ...credentials, password: "another passphrase" });
  const { refresh_token } = await send("login", credentials);
  await send("logout", { refresh_token });
  await send("password-reset", { email: credentials.email });
  for (const version of ["1.4.2", "1.3.9"]) {
    await service.send("POST", "/v1/auth/login", { body: credentials, headers: { "x-app-version": version } });
  }
  await send("refresh", { refresh_token: first.refresh_token });
  service.advance(60);
  const second = await send("refresh", { refresh_token: first.refresh_token });
  await send("refresh", { refresh_token: second.refresh_token });
  const formats = new RefreshTokenFormats(pepper);
  const unknown = formats.read(formats.plain(second.refresh_token))!.successor.token;
  await send("refresh", { refresh_token: formats.numbered(formats.read(unknown)!.successor.token, 3) });
  // A copy of the first token, once more than the rate limit allows.
  for (let count = 0; count < 2; count++) await send("refresh", { refresh_token: first.refresh_token });
  await service.stop();
  await real?.remove();
  return service.lines;
}

/** The log line of a request with a mail that the queue takes, and one that it refuses. Then of mails that are sent, refused and too late. */
async function collectMailLines(): Promise<Line[]> {
  const ses = await startSesServer(({ EmailTags: [kind] }) =>
    kind!.Value === "email-changed" ? "MessageRejected" : "sent",
  );
  const { sender, lines } = createSender();
  const log = jsonLogger((line) => lines.push(JSON.parse(line)));
  const metrics = new Metrics(Date.now);
  for (const put of [async () => {}, () => Promise.reject(new Error("refused"))])
    await new Outbox(async () => ({ put }), metrics, log, 1_000).put({ kind: "none" });
  log.write("info", "request", metrics.flush());

  const to = "ann@example.com";
  const expired = { link: "https://api.test/links/reset-password?token=t", expiresAt: "2026-11-01T00:00:00Z" };
  const event = toSqsEvent(
    { kind: "password-changed", to },
    { kind: "email-changed", to },
    { kind: "password-reset", to, ...expired },
  );
  await sender.send(event, { getRemainingTimeInMillis: () => 60_000 });
  ses.stop();
  return lines;
}

/** Log lines of the support function, about all that it does. */
async function collectSupportLines(): Promise<Line[]> {
  await using service = await startService();
  return await callEverySupportAction(service.backends, await service.register());
}

/** Log lines of the backup functions. */
async function collectBackupLines(): Promise<Line[]> {
  const lines: Line[] = [];
  const output = { log: jsonLogger((line) => lines.push(JSON.parse(line))), clock: Date.now };
  const id = "20261122T223000Z-4f2a91c3";
  await logAttempt(output, dumpAttempt, async (measure) => {
    measure({ DatabaseSize: 1 });
    return { id, documents: 1, bytes: 1, seconds: 1, snapshot: true };
  });
  await logAttempt(output, restoreTestAttempt, async () => ({
    id,
    documents: 1,
    collections: 1,
    seconds: 1,
    ageSeconds: 1,
  }));
  return lines;
}

/** The log line of a smoke test, which fails before it sends a request: the test account is unknown. */
async function collectSmokeTestLines(): Promise<Line[]> {
  const lines: Line[] = [];
  const log = jsonLogger((line) => lines.push(JSON.parse(line)));
  const url = new URL("https://localhost:9");
  const readAccount = () => Promise.reject(new Error("unknown"));
  await runScheduledSmokeTest({ url, origin: "https://app.test", apiKey: "key", readAccount, log, clock: Date.now });
  return lines;
}

/** Log lines of connections to each service, by each version. `test/bundle/tls*.test.ts` log real ones. */
function collectTlsLines(): Line[] {
  const lines: Line[] = [];
  const log = jsonLogger((line) => lines.push(JSON.parse(line)));
  const services = ["kms", "ssm", "sqs", "email", "bucket.s3", "codedeploy", "lambda"];
  for (const protocol of ["TLSv1.2", "TLSv1.3"]) {
    for (const host of [
      "pl-0-eu-west-1.abcde.mongodb.net",
      "master.ecobeat-production.abcde.euw1.cache.amazonaws.com",
      ...services.map((service) => `${service}.eu-west-1.amazonaws.com`),
    ]) {
      logTlsConnection(log, Date.now, host, protocol);
    }
  }
  return lines;
}

/** A line of the access log about a request that API Gateway throttles. */
function createAccessLine(values: Readonly<Record<string, string>>): Line {
  const [stage] = resources(allStacks(), "aws_api_gateway_stage");
  const format: string = stage!.attributes.access_log_settings.format;
  return JSON.parse(format.replaceAll(/\$context\.([\w.]+)/g, (_, name) => values[name] ?? "-"));
}

/** Unit of a metric filter's value: the suffix of one of Lambda's fields, or a count of lines. */
const toUnit = (value: string) =>
  value.endsWith("Ms") ? "Milliseconds" : value.endsWith("MB") ? "Megabytes" : "Count";

/** Units of all metrics that CloudWatch extracts from lines, by their keys. */
function extractUnits(lines: readonly Line[]): Map<string, string> {
  const embedded = lines.flatMap(parseEmbeddedMetrics).map((metric) => [toKey(metric), metric.unit] as const);
  const filtered = resources(allStacks(), "aws_cloudwatch_log_metric_filter").flatMap(({ attributes }) => {
    const { namespace, name, value } = attributes.metric_transformation;
    return lines.some((line) => Number.isFinite(extractValue(attributes, line)))
      ? [[toKey({ namespace, name, dimensions: {} }), toUnit(value)] as const]
      : [];
  });
  return new Map([...embedded, ...filtered]);
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
const throttledRequest = { status: "429", "error.responseType": "THROTTLED" };

const isOurs = ({ namespace }: NamedMetric) => /^Ecobeat(\/|$)/.test(namespace);

/** Only a real database has a connection pool. */
const isTestable = ({ name }: NamedMetric) => process.env.MONGODB_URI !== undefined || !/^DatabasePool/.test(name);

/** Custom metrics of alarms and widgets, with the unit of the widget. */
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

const units: Readonly<Record<string, string>> = { ms: "Milliseconds", s: "Seconds", MB: "Megabytes", "%": "Count" };

/** The unit of a widget. The number of samples has none. */
const getDeclaredUnit = ({ properties }: Attributes, { statistic }: NamedMetric): string | undefined =>
  statistic === "SampleCount" ? undefined : (units[properties.yAxis.left.label] ?? "Count");

/** Searches of dashboards for our metrics, as {@link toSearchKey} gives them. */
const getSearches = (stacks: Stacks): string[] =>
  resources(stacks, "aws_cloudwatch_dashboard")
    .flatMap((dashboard) => getWidgets(dashboard).flatMap(getWidgetSearches))
    .map(({ namespace, name, dimension }) => toKey({ namespace, name, dimensions: { [dimension]: "" } }))
    .filter((key) => key.startsWith("Ecobeat"));

/** The key of a metric without the values of its dimensions. */
const toSearchKey = (key: string) => key.replaceAll(/:"[^"]*"/g, ':""');

describe("custom metrics", () => {
  let emitted: Map<string, string>;
  before(async () => {
    emitted = extractUnits([
      ...(await collectLines()),
      ...(await collectRequestLines(withoutDatabase)),
      ...(await collectRequestLines(withoutRedis)),
      ...(await collectMailLines()),
      ...(await collectSupportLines()),
      ...(await collectBackupLines()),
      ...(await collectSmokeTestLines()),
      ...collectTlsLines(),
      report,
      createAccessLine(throttledRequest),
    ]);
  });

  const emittedMetrics: Rule = {
    name: "the running service emits every custom metric of alarms and widgets, in the unit of the widget",
    check: (stacks) =>
      getUsedMetrics(stacks)
        .filter(({ metric }) => isTestable(metric))
        .filter(({ metric, unit }) => {
          const found = emitted.get(toKey(metric));
          return found === undefined || (unit !== undefined && unit !== found);
        })
        .map(({ at, metric, unit }) => `${at}: ${toKey(metric)} ${unit ?? ""}`),
  };

  /** Changes an alarm of staging. */
  const alarm = (suffix: string, change: Change) => changeAlarm(`staging-${suffix}`, change);

  /** Changes one of its metrics. */
  const alarmMetric = (suffix: string, id: string, values: Attributes) =>
    alarm(suffix, ({ metric_query }) =>
      Object.assign(metric_query.find((query: Attributes) => query.id === id).metric, values),
    );

  testRule(emittedMetrics, {
    "an alarm on a metric of another name": alarm("signing", { metric_name: "SignLatency" }),
    "an alarm on another count of backups": alarmMetric("dump-late", "made", { metric_name: "BackupsBegun" }),
    "an alarm on an event that does not exist": alarm("token-reuse", { dimensions: { event: "token_reused" } }),
    "an alarm on an event without its dimension": alarm("token-reuse", { dimensions: {} }),
    "an alarm on the metric of another function": alarm("auth-memory", { namespace: "Ecobeat/ecobeat-staging-login" }),
    "a computed metric of another namespace": alarmMetric("login-failures", "succeeded", {
      namespace: "Ecobeat/ecobeat-staging-auth",
    }),
    "a widget in another unit": changeWidget("Token signing", ({ properties }) => {
      properties.yAxis.left.label = "MB";
    }),
    "a widget of a metric that does not exist": changeWidget("Logins and refreshes", ({ properties }) => {
      properties.metrics[0][1] = "Login";
    }),
    "a line that a filter does not match": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_cloudwatch_metric_alarm")) {
        if (attributes.metric_name === "DatabaseFailures") attributes.metric_name = "DatabaseErrors";
      }
    },
  });

  it("include each that a dashboard searches", () => {
    const searches = getSearches(allStacks());
    expect(searches).to.include('Ecobeat AppVersions {"minor_version":""}');
    expect([...emitted.keys()].map(toSearchKey)).to.include.members(searches);
  });

  it("all have an alarm or a widget, because each costs money", () => {
    const used = getUsedMetrics(allStacks()).map(({ metric }) => toKey(metric));
    const searched = getSearches(allStacks());
    const unused = [...emitted.keys()].filter((key) => !used.includes(key) && !searched.includes(toSearchKey(key)));
    // Sessions are revoked every day. Investigators search for the lines.
    expect(unused).to.deep.equal(['Ecobeat SecurityEvents {"event":"session_revoked"}']);
  });
});

describe("metric filter of the access log", () => {
  const [filter] = resources(allStacks(), "aws_cloudwatch_log_metric_filter").filter(
    ({ attributes }) => attributes.name === "ThrottledRequests",
  );

  it("counts requests that API Gateway throttles, and not those that the service or WAF answer with 429", () => {
    const extract = (values: Readonly<Record<string, string>>) =>
      extractValue(filter!.attributes, createAccessLine(values));
    expect(extract(throttledRequest)).to.equal(1);
    expect(extract({ status: "429" })).to.equal(undefined);
    expect(extract({ status: "429", "error.responseType": "WAF_FILTERED" })).to.equal(undefined);
    expect(extract({ status: "403", "error.responseType": "THROTTLED" })).to.equal(undefined);
    // `FILL` has nothing to fill before the first throttled request.
    expect(filter!.attributes.metric_transformation.default_value).to.equal("0");
  });
});

describe("metric filters of the functions' logs", () => {
  const filters = resources(allStacks(), "aws_cloudwatch_log_metric_filter")
    .map(({ attributes }) => attributes)
    .filter(({ metric_transformation: { namespace } }) => namespace === "Ecobeat/ecobeat-staging-auth");

  /** Values that the filters of `auth` extract from a line, by the metric's name. */
  const extractValues = (line: object): Record<string, number> =>
    Object.fromEntries(
      filters.flatMap((filter) => {
        const value = extractValue(filter, line);
        return value === undefined ? [] : [[filter.metric_transformation.name, value]];
      }),
    );

  it("extract memory and cold start duration", () => {
    const { initDurationMs, ...metrics } = report.record.metrics;
    expect(extractValues(report)).to.deep.equal({ MemoryUsed: 133, InitDuration: initDurationMs });
    expect(extractValues({ ...report, record: { ...report.record, metrics } })).to.deep.equal({ MemoryUsed: 133 });
  });

  const database = { DatabaseFailures: 1 };
  const redis = { RedisFailures: 1 };
  for (const [title, overrides, expected] of [
    ["without a database", withoutDatabase, [database, database, database, {}]],
    ["without Redis", withoutRedis, [{}, redis, redis, {}]],
    ["with all dependencies", {}, [{}, {}, {}]],
  ] as const) {
    it(`count failed requests and health checks ${title}`, async () => {
      const lines = (await collectRequestLines(overrides)).filter(({ message }) => message !== "security event");
      expect(lines.map(extractValues)).to.deep.equal(expected);
    });
  }

  it("count no other error", async () => {
    const lines = await collectRequestLines({
      refreshTokenPeppers: async () => {
        throw new TypeError("a bug");
      },
    });
    expect(lines.some(({ level }) => level === "error")).to.equal(true);
    expect(lines.map((line) => extractValues(line).DatabaseFailures)).to.not.include(1);
  });
});
