import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import type { Limit } from "../config.ts";
import { withTimeout } from "./deadline.ts";
import type { RedisConnection } from "./redis.ts";
import { defaultTimeouts } from "./timeouts.ts";

/** A named rate limit. */
export interface RateLimitPolicy extends Limit {
  /** Names the limit, in headers and in Redis. */
  readonly name: string;
}

/** A limit, and whom it limits. */
export type LimitedClient = readonly [policy: RateLimitPolicy, key: string];

/** The state of a client within a limit. */
export interface RateLimitState {
  readonly policy: RateLimitPolicy;
  readonly key: string;
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
 *
 * `rate-limiter-flexible` counts in this process. In Redis, it would count by one limit after the other, each a round trip.
 */
export class RateLimiter {
  readonly #redis: RedisConnection | undefined;
  readonly #timeout: number;
  readonly #inProcess = new Map<string, InstanceType<typeof RateLimiterMemory>>();

  /** @param redis @default counts in this process alone */
  constructor(redis?: RedisConnection, { rateLimitCount } = defaultTimeouts) {
    this.#redis = redis;
    this.#timeout = rateLimitCount;
  }

  /**
   * Counts one request by limits in order, until one of them refuses it: a refused client creates no counters of other limits.
   * @returns the states in the same order; the last one tells whether the request is allowed
   */
  async count(...clients: readonly LimitedClient[]): Promise<RateLimitState[]> {
    const counts = (await this.#countInRedis(clients)) ?? (await this.#countInProcess(clients));
    return counts.map(([count, milliseconds], index) => {
      const [policy, key] = clients[index]!;
      return {
        policy,
        key,
        allowed: count <= policy.requests,
        remaining: Math.max(0, policy.requests - count),
        resetSeconds: Math.max(1, Math.ceil(milliseconds / 1000)),
        endsAt: Date.now() + milliseconds,
      };
    });
  }

  /**
   * Uncounts a request that turned out to be harmless, in the windows in which it was counted: in a later window, it would allow
   * one request too many. A request that cannot be uncounted stays counted.
   * @param states the result of counting it
   * @returns the states after that; unchanged where the request stays counted
   */
  async uncount(states: readonly RateLimitState[]): Promise<RateLimitState[]> {
    const now = Date.now();
    const current = states.filter(({ endsAt }) => now < endsAt);
    const counts = this.#redis ? await this.#uncountInRedis(current) : await this.#uncountInProcess(current);
    return states.map((state) => {
      const count = counts?.[current.indexOf(state)];
      return typeof count !== "number" ? state : { ...state, remaining: Math.max(0, state.policy.requests - count) };
    });
  }

  /** @returns undefined if Redis does not respond as the script does */
  async #countInRedis(clients: readonly LimitedClient[]): Promise<Count[] | undefined> {
    const limits = clients.flatMap(([{ requests, windowSeconds }]) => [`${requests}`, `${windowSeconds}`]);
    const reply = await this.#evaluate(countScript, clients, limits);
    return Array.isArray(reply) && Array.isArray(reply[0]) ? (reply as Count[]) : undefined;
  }

  async #countInProcess(clients: readonly LimitedClient[]): Promise<Count[]> {
    const counts: Count[] = [];
    for (const [policy, key] of clients) {
      const { consumedPoints, msBeforeNext } = await this.#getCounters(policy).penalty(key);
      counts.push([consumedPoints, msBeforeNext]);
      if (consumedPoints > policy.requests) break;
    }
    return counts;
  }

  async #uncountInRedis(states: readonly RateLimitState[]): Promise<number[] | undefined> {
    const clients = states.map(({ policy, key }) => [policy, key] as const);
    return (await this.#evaluate(uncountScript, clients)) as number[] | undefined;
  }

  #uncountInProcess(states: readonly RateLimitState[]): Promise<number[]> {
    return Promise.all(
      states.map(async ({ policy, key }) => (await this.#getCounters(policy).reward(key)).consumedPoints),
    );
  }

  #getCounters({ name, requests, windowSeconds }: RateLimitPolicy): InstanceType<typeof RateLimiterMemory> {
    let counters = this.#inProcess.get(name);
    if (!counters) {
      counters = new RateLimiterMemory({ points: requests, duration: windowSeconds });
      this.#inProcess.set(name, counters);
    }
    return counters;
  }

  /**
   * Runs a script on our connection, which handles dead networks. The counters of several clients are on one node: the cache has no
   * shards.
   * @returns undefined without Redis, or if it does not respond in time; callers that need it log that
   */
  async #evaluate(script: string, clients: readonly LimitedClient[], values: string[] = []): Promise<unknown> {
    const redis = this.#redis;
    if (!redis || clients.length === 0) return undefined;
    const keys = clients.map(([{ name }, key]) => `${redis.keyPrefix}limit:${name}:${key}`);
    try {
      const reply = redis.run((client) => client.eval(script, { keys, arguments: values }));
      return await withTimeout("Redis", this.#timeout, reply);
    } catch {
      return undefined;
    }
  }
}

/** How often a client was counted in a window, and after how many milliseconds the window ends. */
type Count = readonly [count: number, milliseconds: number];

const countScript = `
local counts = {}
for index, counter in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * index - 1]), ARGV[2 * index]
  local count = redis.call('INCR', counter)
  redis.call('EXPIRE', counter, window, 'NX')
  counts[index] = { count, redis.call('PTTL', counter) }
  if count > limit then
    break
  end
end
return counts
`;

/** Redis does not have what the process counted, or what it evicted: a count must not become negative. */
const uncountScript = `
local counts = {}
for index, counter in ipairs(KEYS) do
  local count = tonumber(redis.call('GET', counter) or 0)
  counts[index] = count > 0 and redis.call('DECR', counter) or 0
end
return counts
`;
