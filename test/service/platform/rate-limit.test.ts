import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import express from "express";
import { RateLimiter, type RateLimitPolicy, type RateLimitState } from "../../../service/platform/rate-limit.ts";
import { correctRateLimitHeaders, setRateLimitHeaders } from "../../../service/platform/rate-limit-headers.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { listenHttp } from "../../support/listen.ts";
import { describeWith } from "../../support/real-services.ts";
import { RedisServer } from "../../support/redis-server.ts";

/** A window so long that no test outlasts it. */
const newPolicy = (requests = 2): RateLimitPolicy => ({ name: `test-${randomUUID()}`, requests, windowSeconds: 60 });

/** As long as those of the service. */
const newKey = () => randomUUID();

const getRemaining = (states: readonly RateLimitState[]) => states.map(({ remaining }) => remaining);
const getAllowed = (states: readonly RateLimitState[]) => states.map(({ allowed }) => allowed);

function limiterRules(redis: () => RedisConnection | undefined) {
  let limiter: RateLimiter;
  before(() => {
    limiter = new RateLimiter(redis());
  });

  it("counts a request by several limits", async () => {
    const [strict, lax, key] = [newPolicy(1), newPolicy(3), newKey()];
    const count = () => limiter.count([lax, key], [strict, key]);
    const states = await count();
    expect(states.map(({ policy }) => policy)).to.deep.equal([lax, strict]);
    expect([getAllowed(states), getRemaining(states)]).to.deep.equal([
      [true, true],
      [2, 0],
    ]);
    expect(getAllowed(await count())).to.deep.equal([true, false]);
    expect(getRemaining(await limiter.count([lax, key]))).to.deep.equal([0]);
  });

  it("does not count by the limits after one that refuses a request", async () => {
    const [strict, lax, address, account] = [newPolicy(1), newPolicy(3), newKey(), newKey()];
    await limiter.count([strict, address], [lax, newKey()]);
    expect(getAllowed(await limiter.count([strict, address], [lax, account]))).to.deep.equal([false]);
    expect(getRemaining(await limiter.count([lax, account]))).to.deep.equal([2]);
  });

  it("begins a new window when one has ended", async () => {
    const [policy, key] = [{ ...newPolicy(1), windowSeconds: 1 }, newKey()];
    const [{ endsAt, resetSeconds }] = (await limiter.count([policy, key])) as [RateLimitState];
    expect(resetSeconds).to.equal(1);
    expect(getAllowed(await limiter.count([policy, key]))).to.deep.equal([false]);
    await wait(endsAt - Date.now() + 50);
    expect(getAllowed(await limiter.count([policy, key]))).to.deep.equal([true]);
  });

  it("ends a window at its time, however many requests come meanwhile", async () => {
    const [policy, key] = [newPolicy(), newKey()];
    const [first] = (await limiter.count([policy, key])) as [RateLimitState];
    await wait(1_500);
    const [second] = (await limiter.count([policy, key])) as [RateLimitState];
    // The clocks of this process and of Redis.
    expect(second.endsAt).to.be.closeTo(first.endsAt, 1_000);
  });

  it("uncounts a request by all limits that counted it", async () => {
    const clients = [newPolicy(), newPolicy(5)].map((policy) => [policy, newKey()] as const);
    const states = await limiter.count(...clients);
    expect(getRemaining(await limiter.uncount(states))).to.deep.equal([2, 5]);
    expect(getRemaining(await limiter.count(...clients))).to.deep.equal([1, 4]);
  });

  it("allows no more requests in a later window", async () => {
    const begun = Date.now();
    const [policy, key] = [newPolicy(), newKey()];
    const [state] = (await limiter.count([policy, key])) as [RateLimitState];
    expect(state.endsAt).to.be.within(begun + 59_000, Date.now() + 60_000);
    const past = [{ ...state, endsAt: Date.now() }];
    for (let i = 0; i < 3; i++) expect(await limiter.uncount(past)).to.deep.equal(past);
    expect(getRemaining(await limiter.count([policy, key]))).to.deep.equal([0]);
    expect(getAllowed(await limiter.count([policy, key]))).to.deep.equal([false]);
  });
}

describe("The headers of rate limits", () => {
  it("stay as they were sent, if a request is uncounted only after its deadline", async () => {
    const limiter = new RateLimiter();
    const states = await limiter.count([newPolicy(), newKey()]);
    const app = express();
    let failure: unknown;
    app.use((_request, response) => {
      setRateLimitHeaders(response, states);
      response.end();
      try {
        correctRateLimitHeaders(response, states);
      } catch (error) {
        failure = error;
      }
    });
    const server = createServer(app);
    const { headers } = await fetch(await listenHttp(server));
    server.close();
    expect(headers.get("ratelimit")).to.include("r=1;");
    expect(failure).to.equal(undefined);
  });
});

describe("A rate limiter that counts in this process", () => limiterRules(() => undefined));

describeWith("REDIS_URL", "A rate limiter that counts in Redis", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  after(() => redis.close());
  limiterRules(() => redis);

  it("allows no more requests where Redis has evicted the counter", async () => {
    const limiter = new RateLimiter(redis);
    const [policy, other, key] = [newPolicy(), newPolicy(), newKey()];
    const states = await limiter.count([policy, key]);
    const elsewhere = states.map((state) => ({ ...state, policy: other }));
    expect(getRemaining(await limiter.uncount(elsewhere))).to.deep.equal([2]);
    expect(getRemaining(await limiter.count([other, key]))).to.deep.equal([1]);
  });
});

describe("A rate limiter whose Redis does not count", () => {
  const server = new RedisServer();
  before(() => server.start());
  after(() => server.stop());

  const connections: Record<string, () => RedisConnection> = {
    "as it is gone": () => new RedisConnection("redis://127.0.0.1:1"),
    "as something else replies": () => new RedisConnection(`redis://127.0.0.1:${server.port}`),
  };
  for (const [why, connect] of Object.entries(connections)) {
    it(`counts in this process, ${why}, and keeps requests counted`, async () => {
      for (const value of [null, "OK", 1, [], ["other", 0]]) {
        server.intercept = ([name]) => (name === "EVAL" ? { value } : undefined);
        await using redis = { connection: connect(), [Symbol.asyncDispose]: () => redis.connection.close() };
        const limiter = new RateLimiter(redis.connection);
        const [policy, key] = [newPolicy(), newKey()];
        const states = await limiter.count([policy, key]);
        expect(await limiter.uncount(states)).to.deep.equal(states);
        expect(getRemaining(await limiter.count([policy, key]))).to.deep.equal([0]);
        expect(getAllowed(await limiter.count([policy, key]))).to.deep.equal([false]);
      }
    });
  }
});
