import { LRUCache } from "lru-cache";
import { type Clock, systemClock } from "../platform/clock.ts";
import { type UserCache, userCacheMilliseconds } from "../platform/user-cache.ts";

/** The cache of user data in memory, for development without Redis. */
export class MemoryUserCache implements UserCache {
  readonly #users: LRUCache<string, Map<string, Promise<unknown>>>;

  constructor(clock: Clock = systemClock) {
    this.#users = new LRUCache({ max: 1_000, ttl: userCacheMilliseconds, ttlResolution: 0, perf: { now: clock } });
  }

  /** Caches the promise itself: concurrent readers share it, and a value that is invalidated while it loads is not stored. */
  async read<T>(userId: string, name: string, load: () => Promise<T>): Promise<T> {
    const values = this.#users.get(userId) ?? new Map<string, Promise<unknown>>();
    const known = values.get(name);
    if (known) return known as Promise<T>;
    const loading = load();
    values.set(name, loading);
    if (values.size === 1) this.#users.set(userId, values);
    loading.catch(() => values.get(name) === loading && values.delete(name));
    return loading;
  }

  async invalidate(userId: string, name?: string): Promise<void> {
    if (name === undefined) this.#users.delete(userId);
    else this.#users.get(userId)?.delete(name);
  }
}
