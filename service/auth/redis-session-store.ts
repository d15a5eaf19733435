import { cacheKeyPrefix } from "../contract.ts";
import type { RedisConnection } from "../platform/redis.ts";
import {
  type NewSession,
  type Rotation,
  type RotationOutcome,
  revocationMemoryMilliseconds,
  type SessionId,
  type SessionStore,
} from "./session-store.ts";

const createScript = `
local revokedAt = redis.call('GET', KEYS[3])
local tokenHash, authenticatedAt, now, expiresAt = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if revokedAt and tonumber(authenticatedAt) <= tonumber(revokedAt) then
  return 0
end
redis.call('HSET', KEYS[1], 'current', tokenHash, 'expiresAt', expiresAt)
redis.call('PEXPIRE', KEYS[1], expiresAt - now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZADD', KEYS[2], expiresAt, ARGV[5])
redis.call('PEXPIRE', KEYS[2], expiresAt - now)
return 1
`;

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

// The sessions' keys are made in the script: all of them carry the same hash tag, so they are on this node.
const revokeAllScript = `
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('DEL', ARGV[1] .. id)
end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
`;

// The hash tag {userId} puts a user's keys on one node of a cluster: scripts and transactions may use them together.
const sessionKey = ({ userId, id }: SessionId) => `${cacheKeyPrefix}{${userId}}:session:${id}`;
const sessionsKey = (userId: string) => `${cacheKeyPrefix}{${userId}}:sessions`;
const revokedKey = (userId: string) => `${cacheKeyPrefix}{${userId}}:revoked`;

/**
 * Sessions in Redis: one hash each, that expires with the session, for each user a set of ids sorted by expiry,
 * and for a minute when all of them were ended.
 * Every method throws `UnavailableError` when Redis does not do its work.
 */
export class RedisSessionStore implements SessionStore {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async create({ session, tokenHash, authenticatedAt, now, expiresAt }: NewSession): Promise<boolean> {
    const { userId, id } = session;
    const created = await this.#redis.run((redis) =>
      redis.eval(createScript, {
        keys: [sessionKey(session), sessionsKey(userId), revokedKey(userId)],
        arguments: [tokenHash, `${authenticatedAt}`, `${now}`, `${expiresAt}`, id],
      }),
    );
    return created === 1;
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

  async revokeAllOf(userId: string, now: number): Promise<void> {
    await this.#redis.run((redis) =>
      redis.eval(revokeAllScript, {
        keys: [sessionsKey(userId), revokedKey(userId)],
        arguments: [sessionKey({ userId, id: "" }), `${now}`, `${revocationMemoryMilliseconds}`],
      }),
    );
  }

  async ping(): Promise<void> {
    await this.#redis.run((redis) => redis.ping());
  }
}
