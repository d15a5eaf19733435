import { LRUCache } from "lru-cache";
import type { LinkStore } from "../auth/links.ts";
import { type Clock, systemClock } from "../platform/clock.ts";

/** Links in memory, for development without Redis: a restart loses them. */
export class MemoryLinkStore implements LinkStore {
  readonly #links: LRUCache<string, string>;

  /** @param clock @default the system clock */
  constructor(clock: Clock = systemClock) {
    this.#links = new LRUCache({ max: 10_000, ttlResolution: 0, perf: { now: clock } });
  }

  async put(key: string, value: string, lifetimeMs: number): Promise<void> {
    this.#links.set(key, value, { ttl: lifetimeMs });
  }

  async find(keys: readonly string[]): Promise<string | undefined> {
    return keys.map((key) => this.#links.get(key)).find((value) => value !== undefined);
  }
}
