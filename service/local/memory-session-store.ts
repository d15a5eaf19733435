import type {
  NewSession,
  Rotation,
  RotationOutcome,
  SessionId,
  SessionStore,
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

  async create({ session: { userId, id }, tokenHash, now, expiresAt }: NewSession): Promise<void> {
    const sessions = this.#users.get(userId) ?? new Map<string, StoredSession>();
    for (const [other, { expiresAt }] of sessions) if (expiresAt <= now) sessions.delete(other);
    this.#users.set(userId, sessions.set(id, { current: tokenHash, expiresAt }));
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

  async revokeAllOf(userId: string): Promise<void> {
    this.#users.delete(userId);
  }

  async ping(): Promise<void> {}
}
