import type { Metrics } from "./metrics.ts";
import { type CachedName, toMeasuredCache, type UserCache } from "./user-cache.ts";

/** Counts the hits and misses of a cache. */
export class MeasuredUserCache implements UserCache {
  readonly #cache: UserCache;
  readonly #metrics: Metrics;

  constructor(cache: UserCache, metrics: Metrics) {
    this.#cache = cache;
    this.#metrics = metrics;
  }

  async read<T>(userId: string, name: CachedName, load: () => Promise<T>): Promise<T> {
    let isHit = true;
    const value = await this.#cache.read(userId, name, () => {
      isHit = false;
      return load();
    });
    this.#metrics.cache(toMeasuredCache(name), isHit);
    return value;
  }

  invalidate(userId: string, name?: CachedName): Promise<void> {
    return this.#cache.invalidate(userId, name);
  }
}
