import { createUnknownReplyError, type RedisConnection } from "../platform/redis.ts";
import { createScript, isOpenScript, listScript, revokeAllScript, rotateScript } from "./redis-session-scripts.ts";
import {
  lateRepeats,
  maxSessionsOfUser,
  type NewSession,
  type OpenSession,
  type Rotation,
  type RotationOutcome,
  type RotationResult,
  revocationMemoryMilliseconds,
  rotationOutcomes,
  type SessionId,
  type SessionStore,
} from "./session-store.ts";

/**
 * Sessions in Redis: a hash for each session, which expires with it; for each user, a set of session ids sorted by expiry, and for
 * a minute, the time at which all sessions were ended. Each method is one round trip, and throws `UnavailableError` if Redis is
 * unavailable.
 */
export class RedisSessionStore implements SessionStore {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async create(created: NewSession): Promise<boolean> {
    const { session, tokenHash, origin, authenticatedAt, now, ...lifetimes } = created;
    const { userId, id } = session;
    const endsAt = now + lifetimes.absoluteMilliseconds;
    const reply = await this.#eval(
      createScript,
      [this.#toKey(session), this.#toUserKey(userId, "sessions"), this.#toUserKey(userId, "revoked")],
      [
        this.#toKey({ userId, id: "" }),
        id,
        tokenHash,
        authenticatedAt,
        now,
        Math.min(now + lifetimes.idleMilliseconds, endsAt),
        endsAt,
        origin.device ?? "",
        origin.country ?? "",
        maxSessionsOfUser,
      ],
    );
    return toBoolean(reply);
  }

  async rotate(rotation: Rotation): Promise<RotationResult> {
    const { session, presented, generation, successor, country, now, arrivedAt, ...times } = rotation;
    const reply = await this.#eval(rotateScript, this.#toKeys(session), [
      session.id,
      presented,
      // Without one, it is later than none.
      generation ?? -1,
      successor,
      now,
      arrivedAt,
      now + times.idleMilliseconds,
      times.graceMilliseconds,
      country ?? "",
      lateRepeats.most,
      lateRepeats.periodMilliseconds,
    ]);
    const [outcome, next, stored] = toArray(reply) as [RotationOutcome, number, string?];
    if (!rotationOutcomes.includes(outcome)) throw createUnknownReplyError();
    return { outcome, generation: next, ...(stored !== undefined && { stored }) };
  }

  async isOpen(session: SessionId, now: number): Promise<boolean> {
    return toBoolean(await this.#eval(isOpenScript, this.#toKeys(session), [session.id, now]));
  }

  async list(userId: string, now: number): Promise<OpenSession[]> {
    const reply = await this.#eval(
      listScript,
      [this.#toUserKey(userId, "sessions")],
      [this.#toKey({ userId, id: "" }), now],
    );
    const [count, ...found] = toArray(reply) as [number, ...string[][]];
    if (count !== found.length) throw createUnknownReplyError();
    return found
      .map(([id, createdAt, lastUsedAt, device, country]) => ({
        id: id!,
        createdAt: Number(createdAt),
        lastUsedAt: Number(lastUsedAt),
        ...(device && { device }),
        ...(country && { country }),
      }))
      .sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  }

  async revoke(session: SessionId): Promise<boolean> {
    const [deleted] = await this.#redis.run((redis) =>
      redis.multi().del(this.#toKey(session)).zRem(this.#toUserKey(session.userId, "sessions"), session.id).exec(),
    );
    return toBoolean(deleted);
  }

  async revokeAll(userId: string, now: number, keptId = "", expected?: readonly OpenSession[]): Promise<boolean> {
    const states = expected ? `,${expected.map(({ id, lastUsedAt }) => `${id}:${lastUsedAt},`).join("")}` : "";
    const reply = await this.#eval(
      revokeAllScript,
      [this.#toUserKey(userId, "sessions"), this.#toUserKey(userId, "revoked")],
      [this.#toKey({ userId, id: "" }), now, revocationMemoryMilliseconds, keptId, states, expected?.length ?? 0],
    );
    return toBoolean(reply);
  }

  async ping(): Promise<void> {
    await this.#redis.run((redis) => redis.ping());
  }

  // The hash tag {userId} puts a user's keys on one node of a cluster: scripts and transactions can use them together.
  #toUserKey(userId: string, name: string): string {
    return `${this.#redis.keyPrefix}{${userId}}:${name}`;
  }

  #toKey({ userId, id }: SessionId): string {
    return this.#toUserKey(userId, `session:${id}`);
  }

  #toKeys(session: SessionId): string[] {
    return [this.#toKey(session), this.#toUserKey(session.userId, "sessions")];
  }

  #eval(script: string, keys: string[], values: readonly (string | number)[]): Promise<unknown> {
    return this.#redis.run((redis) => redis.eval(script, { keys, arguments: values.map(String) }));
  }
}

function toBoolean(reply: unknown): boolean {
  if (reply === 1 || reply === 0) return reply === 1;
  throw createUnknownReplyError();
}

function toArray(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply;
  throw createUnknownReplyError();
}
