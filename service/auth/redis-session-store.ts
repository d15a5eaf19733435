import { cacheKeyPrefix } from "../contract.ts";
import type { RedisConnection } from "../platform/redis.ts";
import type { NewSession, Rotation, RotationOutcome, SessionId, SessionStore } from "./session-store.ts";

// Compare and set in one step: between a read and a write of ours, another request with the same token could
// become a second successor.
const rotateScript = `
local session = redis.call('HMGET', KEYS[1], 'current', 'previous', 'rotatedAt', 'expiresAt')
local current, previous, rotatedAt, expiresAt = session[1], session[2], session[3], session[4]
local presented, successor, now, newExpiry, grace = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not current or tonumber(expiresAt) <= tonumber(now) then
  return 'unknown'
end
if current == presented then
  redis.call('HSET', KEYS[1], 'current', successor, 'previous', presented, 'rotatedAt', now, 'expiresAt', newExpiry)
  redis.call('PEXPIRE', KEYS[1], newExpiry - now)
  redis.call('ZADD', KEYS[2], newExpiry, ARGV[6])
  redis.call('PEXPIRE', KEYS[2], newExpiry - now)
  return 'rotated'
end
if previous == presented and now - rotatedAt <= tonumber(grace) then
  return 'repeated'
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[6])
return 'reused'
`;

// The hash tag {userId} puts a user's keys on one node of a cluster: scripts and transactions may use them together.
const sessionKey = ({ userId, id }: SessionId) => `${cacheKeyPrefix}{${userId}}:session:${id}`;
const sessionsKey = (userId: string) => `${cacheKeyPrefix}{${userId}}:sessions`;

/**
 * Sessions in Redis: one hash each, that expires with the session, and for each user a set of ids sorted by expiry.
 * Every method throws `UnavailableError` when Redis does not do its work.
 */
export class RedisSessionStore implements SessionStore {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async create({ session, tokenHash, now, expiresAt }: NewSession): Promise<void> {
    const sessions = sessionsKey(session.userId);
    await this.#redis.run((redis) =>
      redis
        .multi()
        .hSet(sessionKey(session), { current: tokenHash, expiresAt })
        .pExpire(sessionKey(session), expiresAt - now)
        .zRemRangeByScore(sessions, "-inf", now)
        .zAdd(sessions, { score: expiresAt, value: session.id })
        .pExpire(sessions, expiresAt - now)
        .exec(),
    );
  }

  async rotate({ session, presented, successor, now, expiresAt, graceMilliseconds }: Rotation) {
    const outcome = await this.#redis.run((redis) =>
      redis.eval(rotateScript, {
        keys: [sessionKey(session), sessionsKey(session.userId)],
        arguments: [presented, successor, `${now}`, `${expiresAt}`, `${graceMilliseconds}`, session.id],
      }),
    );
    return outcome as RotationOutcome;
  }

  async revoke(session: SessionId): Promise<void> {
    await this.#redis.run((redis) =>
      redis.multi().del(sessionKey(session)).zRem(sessionsKey(session.userId), session.id).exec(),
    );
  }

  async revokeAllOf(userId: string): Promise<void> {
    const sessions = sessionsKey(userId);
    await this.#redis.run(async (redis) => {
      const ids = await redis.zRange(sessions, 0, -1);
      await redis.del([sessions, ...ids.map((id) => sessionKey({ userId, id }))]);
    });
  }

  async ping(): Promise<void> {
    await this.#redis.run((redis) => redis.ping());
  }
}
