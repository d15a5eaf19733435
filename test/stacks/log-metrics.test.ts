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

/** What each metric measures of a line: numbers by the metric's name. */
function measured(line: object): Record<string, number> {
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

describe("what is measured in the functions' logs", () => {
  let service: TestService | undefined;
  afterEach(() => service?.stop());

  /** The lines that the service writes for a login while a dependency is down, and for a look at its health. */
  async function linesWith(overrides: Parameters<typeof startService>[0]) {
    service = await startService(overrides);
    await service.send("POST", "/v1/auth/login", { body: { ...newPerson(), name: undefined } });
    await service.send("POST", "/v1/auth/register", { body: newPerson() });
    await service.send("GET", "/health/ready");
    return service.lines.filter(({ message }) => message !== "security event");
  }

  it("is memory, and how long a cold start took", () => {
    expect(measured(report)).to.deep.equal({
      [logMetrics.memoryUsed]: 133,
      [logMetrics.initDuration]: 116.67,
    });
    expect(measured(warmReport)).to.deep.equal({ [logMetrics.memoryUsed]: 133 });
  });

  it("is each request, and each look at the health, for which the database was out of reach", async () => {
    const lines = await linesWith({
      database: async () => {
        throw new MongoServerSelectionError("no server", {} as never);
      },
    });
    expect(lines.map(measured)).to.deep.equal([
      { [logMetrics.databaseFailures]: 1 },
      { [logMetrics.databaseFailures]: 1 },
      { [logMetrics.databaseFailures]: 1 },
      {},
    ]);
  });

  it("is the same of Redis", async () => {
    const lines = await linesWith({
      sessions: async () => new RedisSessionStore(new RedisConnection("redis://127.0.0.1:1")),
    });
    expect(lines.map(measured)).to.deep.equal([
      {},
      { [logMetrics.redisFailures]: 1 },
      { [logMetrics.redisFailures]: 1 },
      {},
    ]);
  });

  it("is nothing of what works, and nothing of another dependency's failure", async () => {
    expect((await linesWith({})).map(measured)).to.deep.equal([{}, {}, {}]);
    await service!.stop();
    const lines = await linesWith({
      refreshTokenPepper: async () => {
        throw new TypeError("a bug");
      },
    });
    expect(lines.some(({ level }) => level === "error")).to.equal(true);
    expect(lines.map((line) => measured(line).DatabaseFailures)).to.not.include(1);
  });
});
