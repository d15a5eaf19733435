import {
  type NewSession,
  type Rotation,
  type RotationOutcome,
  revocationMemoryMilliseconds,
  type SessionId,
  type SessionStore,
} from "../auth/session-store.ts";

interface StoredSession {
  current: string;
  previous?: string;
  rotatedAt?: number;
  expiresAt: number;
}

/** Sessions in the process, for development without Redis. A method never waits in its middle, so each is atomic. */
export class MemorySessionStore implements SessionStore {
  readonly #users = new Map<string, Map<string, StoredSession>>();
  readonly #revokedAt = new Map<string, number>();

  async create({ session, tokenHash, authenticatedAt, now, expiresAt }: NewSession): Promise<boolean> {
    const { userId, id } = session;
    if (authenticatedAt <= (this.#revokedAt.get(userId) ?? Number.NEGATIVE_INFINITY)) return false;
    const sessions = this.#users.get(userId) ?? new Map<string, StoredSession>();
    for (const [other, { expiresAt }] of sessions) if (expiresAt <= now) sessions.delete(other);
    this.#users.set(userId, sessions.set(id, { current: tokenHash, expiresAt }));
    return true;
  }

  async rotate({ session, presented, successor, now, ...times }: Rotation): Promise<RotationOutcome> {
    const stored = this.#users.get(session.userId)?.get(session.id);
    if (!stored || stored.expiresAt <= now) return "unknown";
    if (stored.current === presented) {
      const next = { current: successor, previous: presented, rotatedAt: now, expiresAt: times.expiresAt };
      this.#users.get(session.userId)?.set(session.id, next);
      return "rotated";
    }
    if (stored.previous === presented && now - stored.rotatedAt! <= times.graceMilliseconds)
      return "repeated";
    await this.revoke(session);
    return "reused";
  }

  async revoke({ userId, id }: SessionId): Promise<void> {
    const sessions = this.#users.get(userId);
    sessions?.delete(id);
    if (sessions?.size === 0) this.#users.delete(userId);
  }

  async revokeAllOf(userId: string, now: number): Promise<void> {
    this.#users.delete(userId);
    for (const [other, at] of this.#revokedAt) {
      if (at < now - revocationMemoryMilliseconds) this.#revokedAt.delete(other);
    }
    this.#revokedAt.set(userId, now);
  }

  async ping(): Promise<void> {}
}
