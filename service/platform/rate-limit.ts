import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import RateLimiterRedis from "rate-limiter-flexible/lib/RateLimiterRedis.js";
import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import type { Limit } from "../config.ts";
import { cacheKeyPrefix } from "../contract.ts";
import { withDeadline } from "./deadline.ts";
import type { RedisConnection } from "./redis.ts";

/** How often something may be done. */
export interface RateLimitPolicy extends Limit {
  /** Names the limit, in headers and in Redis. */
  readonly name: string;
}

/** Where a client stands. */
export interface RateLimitState {
  readonly policy: RateLimitPolicy;
  /** False if this request is one too many. */
  readonly allowed: boolean;
  /** Requests left in this window. */
  readonly remaining: number;
  /** Seconds until the next window, rounded up. */
  readonly resetSeconds: number;
  /** When this window ends, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/** A count that comes late is of no use: the request that it is for waits. */
const countTimeoutMilliseconds = 500;

/**
 * Counts requests in fixed windows: in Redis, for all execution environments together, or, while Redis does not answer or
 * where there is none, in this process. Counting never makes a request fail.
 */
export class RateLimit {
  readonly #policy: RateLimitPolicy;
  readonly #redis: RedisConnection | undefined;
  readonly #limiter: InstanceType<typeof RateLimiterRedis | typeof RateLimiterMemory>;

  /** @param redis @default counts in this process alone */
  constructor(policy: RateLimitPolicy, redis?: RedisConnection) {
    this.#policy = policy;
    this.#redis = redis;
    const options = {
      keyPrefix: `${cacheKeyPrefix}limit:${policy.name}`,
      points: policy.requests,
      duration: policy.windowSeconds,
    };
    const here = new RateLimiterMemory(options);
    this.#limiter = redis
      ? new RateLimiterRedis({
          ...options,
          storeClient: { eval: (script: string, call: RedisCall) => evaluate(redis, script, call) },
          useRedisPackage: true,
          insuranceLimiter: here,
        })
      : here;
  }

  /** Counts one request. */
  async count(key: string): Promise<RateLimitState> {
    try {
      return this.#state(true, await this.#limiter.consume(key));
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return this.#state(false, refusal);
      throw refusal;
    }
  }

  /**
   * Takes one request back that turned out to be harmless, from the window that it was counted in: in a later one it would make
   * room for a request more than allowed. One that cannot be taken back stays counted.
   * @param state what counting it gave
   */
  async uncount(key: string, { endsAt }: RateLimitState): Promise<void> {
    if (Date.now() >= endsAt) return;
    if (!this.#redis) return void (await this.#limiter.reward(key));
    await evaluate(this.#redis, uncountScript, { keys: [this.#limiter.getKey(key)], arguments: [] }).catch(
      () => {},
    );
  }

  #state(
    allowed: boolean,
    { remainingPoints, msBeforeNext }: InstanceType<typeof RateLimiterRes>,
  ): RateLimitState {
    const resetSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    const endsAt = Date.now() + msBeforeNext;
    return { policy: this.#policy, allowed, remaining: remainingPoints, resetSeconds, endsAt };
  }
}

interface RedisCall {
  keys: string[];
  arguments: string[];
}

/** What was counted in the insurance, or has been dropped, is not in Redis: it must not become less than nothing. */
const uncountScript = `
local count = redis.call('GET', KEYS[1])
if count and tonumber(count) > 0 then
  redis.call('DECR', KEYS[1])
end
`;

/** Runs a script with our connection's care for dead networks. */
const evaluate = (redis: RedisConnection, script: string, call: RedisCall) =>
  withDeadline(
    "Redis",
    countTimeoutMilliseconds,
    redis.run((client) => client.eval(script, call)),
  );
