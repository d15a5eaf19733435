import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { type Clock, systemClock } from "./clock.ts";
import { outsideRequest, withTimeout } from "./deadline.ts";
import type { RedisConnection } from "./redis.ts";
import { defaultTimeouts, type Timeouts } from "./timeouts.ts";
import {
  type CachedName,
  toMeasuredCache,
  type UserCache,
  userCacheMilliseconds,
  userCacheShapes,
} from "./user-cache.ts";

/** Pauses of a reader that polls for a value which another reader loads, in parts of the time that it waits. */
const pauses = [1 / 80, 1 / 80, 1 / 40, ...Array.from({ length: 19 }, () => 1 / 20)];

const refillField = (name: string) => `refill:${name}`;

/** Returns the value if its shape is not older than the reader's, or else a ticket to load it to one reader at a time. */
const readScript = `
local name, refill, ticket, now, lifetime, shape = unpack(ARGV)
local value = redis.call('HGET', KEYS[1], name)
local stored, json = string.match(value or '', '^(%d+) (.*)$')
if stored and tonumber(stored) >= tonumber(shape) then
  return { 'found', json }
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
 * Returns the ticket, with the value if loading has succeeded. If the ticket was revoked, the source of the value has changed, and
 * the value is not stored.
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

/** The cache of user data in Redis, for all processes together. */
export class RedisUserCache implements UserCache {
  readonly #redis: RedisConnection;
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #shapes: typeof userCacheShapes;
  /**
   * Users with values that could not be invalidated in Redis. They are invalidated before the next read. Each failure is an object
   * of its own, so that a failure in the meantime is not taken for done.
   */
  readonly #pendingInvalidations = new LRUCache<string, object>({ max: 10_000, ttl: userCacheMilliseconds });

  /** @param shapes @default those of this release */
  constructor(
    redis: RedisConnection,
    clock: Clock = systemClock,
    timeouts = defaultTimeouts,
    shapes: typeof userCacheShapes = userCacheShapes,
  ) {
    this.#redis = redis;
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#shapes = shapes;
  }

  async read<T>(userId: string, name: CachedName, load: () => Promise<T>): Promise<T> {
    const failure = this.#pendingInvalidations.get(userId);
    if (failure) {
      const reply = await this.#run((client) => client.del(this.#toKey(userId)));
      if (reply === undefined) return load();
      if (this.#pendingInvalidations.get(userId) === failure) this.#pendingInvalidations.delete(userId);
    }
    const ticket = `${randomUUID()} ${this.#clock() + this.#timeouts.cacheRefill}`;
    for (const pause of pauses) {
      const [state, value] = await this.#readOrClaim(userId, name, ticket);
      if (state === "found") {
        try {
          return JSON.parse(value!);
        } catch {
          await this.invalidate(userId, name);
          break;
        }
      }
      if (state === "missing") return this.#refill(userId, name, ticket, load);
      if (state === undefined) break;
      await wait(pause * this.#timeouts.cacheRefill);
    }
    return load();
  }

  async invalidate(userId: string, name?: CachedName): Promise<void> {
    const key = this.#toKey(userId);
    // Also after the deadline of the request: its write may have been made, and other processes would read the earlier value.
    const reply = await outsideRequest(() =>
      this.#run(
        (client) => (name === undefined ? client.del(key) : client.hDel(key, [name, refillField(name)])),
        this.#timeouts.cacheInvalidation,
      ),
    );
    if (reply === undefined) this.#pendingInvalidations.set(userId, {});
  }

  async #refill<T>(userId: string, name: CachedName, ticket: string, load: () => Promise<T>): Promise<T> {
    const ticketArguments = [name, refillField(name), ticket];
    try {
      const value = await load();
      await this.#eval(endScript, userId, [...ticketArguments, `${this.#toShape(name)} ${JSON.stringify(value)}`]);
      return value;
    } catch (error) {
      await this.#eval(endScript, userId, ticketArguments);
      throw error;
    }
  }

  async #readOrClaim(userId: string, name: CachedName, ticket: string): Promise<[state?: string, value?: string]> {
    const times = [this.#clock(), userCacheMilliseconds].map(String);
    const values = [name, refillField(name), ticket, ...times, this.#toShape(name)];
    return ((await this.#eval(readScript, userId, values)) ?? []) as [string?, string?];
  }

  #toShape(name: CachedName): string {
    return String(this.#shapes[toMeasuredCache(name)]);
  }

  /**
   * One hash per user, with a field for each value and, while a reader loads it, a field with the reader's ticket. Deleting the hash
   * also revokes the tickets. It expires as a whole: a value that was added later lives shorter.
   */
  #toKey(userId: string): string {
    return `${this.#redis.keyPrefix}{${userId}}:cached`;
  }

  #eval(script: string, userId: string, values: string[]): Promise<unknown> {
    return this.#run((client) => client.eval(script, { keys: [this.#toKey(userId)], arguments: values }));
  }

  /** @returns undefined if Redis does not respond in time; callers that need it log that */
  async #run(
    command: Parameters<RedisConnection["run"]>[0],
    milliseconds = this.#timeouts.cacheAnswer,
  ): Promise<unknown> {
    try {
      return await withTimeout("Redis", milliseconds, this.#redis.run(command));
    } catch {
      return undefined;
    }
  }
}
