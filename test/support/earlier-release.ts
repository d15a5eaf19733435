import { cacheKeyPrefix } from "../../service/contract.ts";
import type { RedisConnection } from "../../service/platform/redis.ts";
import { RefreshTokenFormats } from "./refresh-token-formats.ts";

/**
 * The rotation of the release before refresh tokens had generations, to the letter. It runs next to the current one during a canary
 * deployment and after a rollback.
 */
const rotateScript = `
local session = redis.call('HMGET', KEYS[1], 'current', 'previous', 'lastUsedAt', 'expiresAt', 'endsAt')
local current, previous, lastUsedAt, expiresAt, endsAt = session[1], session[2], session[3], session[4], session[5]
local id, presented, successor, now, arrivedAt, newExpiry, grace, country = unpack(ARGV)
if not current or tonumber(expiresAt) <= tonumber(now) or not redis.call('ZSCORE', KEYS[2], id) then
  return 'unknown'
end
if current == presented then
  newExpiry = math.min(newExpiry, endsAt)
  redis.call('HSET', KEYS[1], 'current', successor, 'previous', presented, 'lastUsedAt', now,
    'expiresAt', string.format('%.0f', newExpiry))
  if country ~= '' then
    redis.call('HSET', KEYS[1], 'country', country)
  end
  redis.call('PEXPIRE', KEYS[1], newExpiry - now)
  redis.call('ZADD', KEYS[2], newExpiry, id)
  redis.call('PEXPIRE', KEYS[2], redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2] - now)
  return 'rotated'
end
if previous == presented and arrivedAt - lastUsedAt <= tonumber(grace) then
  return 'repeated'
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], id)
return 'reused'
`;

const day = 24 * 60 * 60 * 1000;

/** A function of that release, with a Redis that it shares with current ones. */
export class EarlierRelease {
  readonly #redis: RedisConnection;
  readonly #tokens: RefreshTokenFormats;

  constructor(redis: RedisConnection, pepper: Buffer) {
    this.#redis = redis;
    this.#tokens = new RefreshTokenFormats(pepper);
  }

  /** Opens a session, and returns its first token. */
  async logIn(userId: string, now: number): Promise<string> {
    const token = this.#tokens.create(userId);
    const { session, hash: current } = this.#tokens.read(token)!;
    const [key, sessions] = this.#keys(session);
    const times = { createdAt: now, lastUsedAt: now, expiresAt: now + 30 * day, endsAt: now + 365 * day };
    await this.#redis.run(async (redis) => {
      await redis.hSet(key, { current, ...times, device: "", country: "" });
      await redis.zAdd(sessions, { score: times.expiresAt, value: session.id });
    });
    return token;
  }

  /** The token of the response, or why there is none. */
  async refresh(token: string, now: number): Promise<string> {
    const presented = this.#tokens.read(token);
    if (!presented) return "unreadable";
    const { session, hash, successor } = presented;
    const times = [now, now, now + 30 * day, 10_000].map(String);
    const outcome = await this.#redis.run((redis) =>
      redis.eval(rotateScript, {
        keys: this.#keys(session),
        arguments: [session.id, hash, successor.hash, ...times, ""],
      }),
    );
    return outcome === "rotated" || outcome === "repeated" ? successor.token : String(outcome);
  }

  #keys({ userId, id }: { userId: string; id: string }): [string, string] {
    return [`${cacheKeyPrefix}{${userId}}:session:${id}`, `${cacheKeyPrefix}{${userId}}:sessions`];
  }
}
