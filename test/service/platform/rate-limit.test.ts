import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { RateLimit, type RateLimitPolicy } from "../../../service/platform/rate-limit.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-services.ts";

/** A window so long that no test outlasts it. */
const policy = (): RateLimitPolicy => ({ name: `test-${randomUUID()}`, requests: 2, windowSeconds: 60 });

function uncountRules(redis: () => RedisConnection | undefined) {
  const counted = async () => {
    const limit = new RateLimit(policy(), redis());
    return { limit, state: await limit.count("key") };
  };

  it("uncounts a request", async () => {
    const { limit, state } = await counted();
    await limit.uncount("key", state);
    expect((await limit.count("key")).remaining).to.equal(1);
  });

  it("allows no more requests in a later window", async () => {
    const begun = Date.now();
    const { limit, state } = await counted();
    expect(state.endsAt).to.be.within(begun + 59_000, Date.now() + 60_000);
    for (let i = 0; i < 3; i++) await limit.uncount("key", { ...state, endsAt: Date.now() });
    expect((await limit.count("key")).remaining).to.equal(0);
    expect((await limit.count("key")).allowed).to.equal(false);
  });
}

describe("An uncounted request in this process", () => uncountRules(() => undefined));

describeWith("REDIS_URL", "An uncounted request in Redis", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  after(() => redis.close());
  uncountRules(() => redis);

  it("allows no more requests where Redis has evicted the counter", async () => {
    const limit = new RateLimit(policy(), redis);
    const elsewhere = new RateLimit(policy(), redis);
    await elsewhere.uncount("key", await limit.count("key"));
    expect((await elsewhere.count("key")).remaining).to.equal(1);
  });

  it("stays counted without Redis, and nothing fails", async () => {
    const gone = new RedisConnection("redis://127.0.0.1:1");
    const limit = new RateLimit(policy(), gone);
    await limit.uncount("key", await limit.count("key"));
    expect((await limit.count("key")).remaining).to.equal(0);
  });
});
