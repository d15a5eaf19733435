import { expect } from "chai";
import { MongoServerSelectionError } from "mongodb";
import { RedisSessionStore } from "../../service/auth/redis-session-store.ts";
import { logMetrics } from "../../service/contract.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { getField, matchesPattern } from "../support/filter-pattern.ts";
import { report } from "../support/lambda-report.ts";
import { newPerson, startService, type TestService } from "../support/service.ts";
import { resources } from "./rules/resources.ts";
import { allStacks } from "./rules/rule.ts";

const { initDurationMs: _, ...warm } = report.record.metrics;
const warmReport = { ...report, record: { ...report.record, metrics: warm } };

/** Values that the metric filters of `auth` extract from a line, by the metric's name. */
function extractValues(line: object): Record<string, number> {
  const filters = resources(allStacks(), "aws_cloudwatch_log_metric_filter").filter(
    ({ attributes: { metric_transformation } }) =>
      metric_transformation.namespace === "Ecobeat/ecobeat-staging-auth",
  );
  return Object.fromEntries(
    filters
      .filter(({ attributes }) => matchesPattern(attributes.pattern, line))
      .map(({ attributes: { metric_transformation } }) => {
        const { name, value } = metric_transformation;
        return [name, Number(value.startsWith("$") ? getField(value.slice(1), line) : value)];
      }),
  );
}

describe("metric filters of the functions' logs", () => {
  let service: TestService | undefined;
  afterEach(() => service?.stop());

  /** Log lines of a login, a registration and a health check with an unreachable dependency. */
  async function collectLines(overrides: Parameters<typeof startService>[0]) {
    service = await startService(overrides);
    await service.send("POST", "/v1/auth/login", { body: { ...newPerson(), name: undefined } });
    await service.send("POST", "/v1/auth/register", { body: newPerson() });
    await service.send("GET", "/health/ready");
    return service.lines.filter(({ message }) => message !== "security event");
  }

  it("extract memory and cold start duration", () => {
    expect(extractValues(report)).to.deep.equal({
      [logMetrics.memoryUsed]: 133,
      [logMetrics.initDuration]: 116.67,
    });
    expect(extractValues(warmReport)).to.deep.equal({ [logMetrics.memoryUsed]: 133 });
  });

  it("count each request and health check without a database", async () => {
    const lines = await collectLines({
      database: async () => {
        throw new MongoServerSelectionError("no server", {} as never);
      },
    });
    expect(lines.map(extractValues)).to.deep.equal([
      { [logMetrics.databaseFailures]: 1 },
      { [logMetrics.databaseFailures]: 1 },
      { [logMetrics.databaseFailures]: 1 },
      {},
    ]);
  });

  it("count each request and health check without Redis", async () => {
    const lines = await collectLines({
      sessions: async () => new RedisSessionStore(new RedisConnection("redis://127.0.0.1:1")),
    });
    expect(lines.map(extractValues)).to.deep.equal([
      {},
      { [logMetrics.redisFailures]: 1 },
      { [logMetrics.redisFailures]: 1 },
      {},
    ]);
  });

  it("count no successful request, and no other error", async () => {
    expect((await collectLines({})).map(extractValues)).to.deep.equal([{}, {}, {}]);
    await service!.stop();
    const lines = await collectLines({
      refreshTokenPepper: async () => {
        throw new TypeError("a bug");
      },
    });
    expect(lines.some(({ level }) => level === "error")).to.equal(true);
    expect(lines.map((line) => extractValues(line).DatabaseFailures)).to.not.include(1);
  });
});
