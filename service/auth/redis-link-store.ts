import { createUnknownReplyError, type RedisConnection } from "../platform/redis.ts";
import type { LinkStore } from "./links.ts";

export const putLinkScript = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;

export const findLinkScript = `
for _, key in ipairs(KEYS) do
  local value = redis.call('GET', key)
  if value then
    return value
  end
end
return 0
`;

/** Links in Redis. Each method is one round trip, and throws `UnavailableError` if Redis is unavailable. */
export class RedisLinkStore implements LinkStore {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async put(key: string, value: string, lifetimeMs: number): Promise<void> {
    if ((await this.#eval(putLinkScript, [key], [value, String(lifetimeMs)])) !== 1) throw createUnknownReplyError();
  }

  async find(keys: readonly string[]): Promise<string | undefined> {
    const reply = await this.#eval(findLinkScript, keys);
    if (reply === 0) return undefined;
    if (typeof reply !== "string") throw createUnknownReplyError();
    return reply;
  }

  #eval(script: string, keys: readonly string[], values: string[] = []): Promise<unknown> {
    const prefixed = keys.map((key) => `${this.#redis.keyPrefix}link:${key}`);
    return this.#redis.run((client) => client.eval(script, { keys: prefixed, arguments: values }));
  }
}
