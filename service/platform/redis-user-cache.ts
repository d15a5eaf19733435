import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { cacheKeyPrefix } from "../contract.ts";
import { type Clock, systemClock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import type { RedisConnection } from "./redis.ts";
import { type UserCache, userCacheMilliseconds } from "./user-cache.ts";

/** A cache that takes longer costs more than it saves: the database answers within milliseconds. */
const answerTimeoutMilliseconds = 150;

/** What is not invalidated is shown for minutes: that is worth a wait, and a new process has to connect first. */
const invalidationTimeoutMilliseconds = 1_000;

/** Longer than any load that ends well: past it another reader may load. */
const refillMilliseconds = 2_000;

/** Between a reader's looks for what another one is loading: as long as that one may load, then the reader does so itself. */
const pauses = [25, 25, 50, ...Array.from({ length: 19 }, () => 100)];

/**
 * One hash per user, with a field for each value and, while somebody loads it, one that says who. Deleted, it takes with it the
 * rights of those that are loading. It expires as a whole: a value that came later lives for less.
 */
const cachedKey = (userId: string) => `${cacheKeyPrefix}{${userId}}:cached`;
const refillField = (name: string) => `refill:${name}`;

/** Gives the value, or the right to load it to one reader at a time. */
const lookScript = `
local name, refill, ticket, now, lifetime = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local value = redis.call('HGET', KEYS[1], name)
if value then
  return { 'found', value }
end
local other = redis.call('HGET', KEYS[1], refill)
if other and tonumber(string.match(other, '%d+$')) > tonumber(now) then
  return { 'loading' }
end
redis.call('HSET', KEYS[1], refill, ticket)
redis.call('PEXPIRE', KEYS[1], lifetime, 'NX')
return { 'missing' }
`;

/**
 * Gives the right to load back, with the value if loading it has succeeded. If the right was taken away, what the value was made of
 * has changed, and it is not kept.
 */
const endScript = `
local name, refill, ticket, value = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('HGET', KEYS[1], refill) == ticket then
  if value then
    redis.call('HSET', KEYS[1], name, value)
  end
  redis.call('HDEL', KEYS[1], refill)
end
`;

/** What is cached of users in Redis, for all processes together. */
export class RedisUserCache implements UserCache {
  readonly #redis: RedisConnection;
  readonly #clock: Clock;
  /**
   * Users of whom Redis could not be told to invalidate something: it is told before it is asked again. Each failure is an object of
   * its own, so that one which comes meanwhile is not taken for done.
   */
  readonly #pendingInvalidations = new LRUCache<string, object>({ max: 10_000, ttl: userCacheMilliseconds });

  constructor(redis: RedisConnection, clock: Clock = systemClock) {
    this.#redis = redis;
    this.#clock = clock;
  }

  async read<T>(userId: string, name: string, load: () => Promise<T>): Promise<T> {
    const failure = this.#pendingInvalidations.get(userId);
    if (failure) {
      const told = await this.#ask((client) => client.del(cachedKey(userId)));
      if (told === undefined) return load();
      if (this.#pendingInvalidations.get(userId) === failure) this.#pendingInvalidations.delete(userId);
    }
    const ticket = `${randomUUID()} ${this.#clock() + refillMilliseconds}`;
    for (const pause of pauses) {
      const [state, value] = await this.#look(userId, name, ticket);
      if (state === "found") return JSON.parse(value!);
      if (state === "missing") return this.#refill(userId, name, ticket, load);
      if (state === undefined) break;
      await wait(pause);
    }
    return load();
  }

  async invalidate(userId: string, name?: string): Promise<void> {
    const key = cachedKey(userId);
    const told = await this.#ask(
      (client) => (name === undefined ? client.del(key) : client.hDel(key, [name, refillField(name)])),
      invalidationTimeoutMilliseconds,
    );
    if (told === undefined) this.#pendingInvalidations.set(userId, {});
  }

  async #refill<T>(userId: string, name: string, ticket: string, load: () => Promise<T>): Promise<T> {
    const own = [name, refillField(name), ticket];
    try {
      const value = await load();
      await this.#eval(endScript, userId, [...own, JSON.stringify(value)]);
      return value;
    } catch (error) {
      await this.#eval(endScript, userId, own);
      throw error;
    }
  }

  async #look(userId: string, name: string, ticket: string): Promise<[state?: string, value?: string]> {
    const look = [name, refillField(name), ticket, `${this.#clock()}`, `${userCacheMilliseconds}`];
    return ((await this.#eval(lookScript, userId, look)) ?? []) as [string?, string?];
  }

  #eval(script: string, userId: string, values: string[]): Promise<unknown> {
    return this.#ask((client) => client.eval(script, { keys: [cachedKey(userId)], arguments: values }));
  }

  /** @returns undefined if Redis does not answer in time: whatever cannot do without it says so in the log */
  async #ask(
    command: Parameters<RedisConnection["run"]>[0],
    milliseconds = answerTimeoutMilliseconds,
  ): Promise<unknown> {
    try {
      return await withDeadline("Redis", milliseconds, this.#redis.run(command));
    } catch {
      return undefined;
    }
  }
}
