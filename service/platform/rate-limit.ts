import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import RateLimiterRedis from "rate-limiter-flexible/lib/RateLimiterRedis.js";
import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import type { Limit } from "../config.ts";
import { cacheKeyPrefix } from "../contract.ts";
import { withTimeout } from "./deadline.ts";
import type { RedisConnection } from "./redis.ts";
import { defaultTimeouts } from "./timeouts.ts";

/** A named rate limit. */
export interface RateLimitPolicy extends Limit {
  /** Names the limit, in headers and in Redis. */
  readonly name: string;
}

/** The state of a client within a limit. */
export interface RateLimitState {
  readonly policy: RateLimitPolicy;
  /** False if this request exceeds the limit. */
  readonly allowed: boolean;
  /** Requests left in this window. */
  readonly remaining: number;
  /** Seconds until the next window, rounded up. */
  readonly resetSeconds: number;
  /** When this window ends, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/**
 * Counts requests in fixed windows: in Redis, for all execution environments together, or in this process, while Redis does not
 * respond or where there is none. Counting never makes a request fail.
 */
export class RateLimit {
  readonly #policy: RateLimitPolicy;
  readonly #redis: RedisConnection | undefined;
  readonly #timeout: number;
  readonly #limiter: InstanceType<typeof RateLimiterRedis | typeof RateLimiterMemory>;

  /** @param redis @default counts in this process alone */
  constructor(policy: RateLimitPolicy, redis?: RedisConnection, { rateLimitCount } = defaultTimeouts) {
    this.#policy = policy;
    this.#redis = redis;
    this.#timeout = rateLimitCount;
    const options = {
      keyPrefix: `${redis?.keyPrefix ?? cacheKeyPrefix}limit:${policy.name}`,
      points: policy.requests,
      duration: policy.windowSeconds,
    };
    const inProcess = new RateLimiterMemory(options);
    this.#limiter = redis
      ? new RateLimiterRedis({
          ...options,
          storeClient: { eval: (script: string, call: RedisCall) => this.#evaluate(redis, script, call) },
          useRedisPackage: true,
          insuranceLimiter: inProcess,
        })
      : inProcess;
  }

  get name(): string {
    return this.#policy.name;
  }

  /** Counts one request. */
  async count(key: string): Promise<RateLimitState> {
    try {
      return this.#state(true, await this.#limiter.consume(key));
    } catch (error) {
      if (error instanceof RateLimiterRes) return this.#state(false, error);
      throw error;
    }
  }

  /**
   * Uncounts a request that turned out to be harmless, in the window in which it was counted: in a later window, it would allow
   * one request too many. A request that cannot be uncounted stays counted.
   * @param state the result of counting it
   * @returns the state after that; unchanged if the request stays counted
   */
  async uncount(key: string, state: RateLimitState): Promise<RateLimitState> {
    if (Date.now() >= state.endsAt) return state;
    if (!this.#redis) return { ...state, remaining: (await this.#limiter.reward(key)).remainingPoints };
    const call = { keys: [this.#limiter.getKey(key)], arguments: [] };
    const count = await this.#evaluate(this.#redis, uncountScript, call).catch(() => undefined);
    if (count === undefined) return state;
    return { ...state, remaining: Math.max(0, this.#policy.requests - Number(count)) };
  }

  /** Runs a script on our connection, which handles dead networks. */
  #evaluate(redis: RedisConnection, script: string, call: RedisCall): Promise<unknown> {
    return withTimeout(
      "Redis",
      this.#timeout,
      redis.run((client) => client.eval(script, call)),
    );
  }

  #state(allowed: boolean, { remainingPoints, msBeforeNext }: InstanceType<typeof RateLimiterRes>): RateLimitState {
    const resetSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    const endsAt = Date.now() + msBeforeNext;
    return { policy: this.#policy, allowed, remaining: remainingPoints, resetSeconds, endsAt };
  }
}

interface RedisCall {
  keys: string[];
  arguments: string[];
}

/** Redis does not have what the insurance limiter counted, or what it evicted: the count must not become negative. */
const uncountScript = `
local count = redis.call('GET', KEYS[1])
if count and tonumber(count) > 0 then
  return redis.call('DECR', KEYS[1])
end
return 0
`;
