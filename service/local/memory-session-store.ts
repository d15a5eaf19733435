import { isDeepStrictEqual } from "node:util";
import {
  lateRepeats,
  maxSessionsOfUser,
  type NewSession,
  type OpenSession,
  type Rotation,
  type RotationResult,
  revocationMemoryMilliseconds,
  type SessionId,
  type SessionStore,
} from "../auth/session-store.ts";

interface StoredSession extends OpenSession {
  current: string;
  previous?: string;
  expiresAt: number;
  endsAt: number;
  generation: number;
  /** Times of the last ones, as far as they count. */
  lateRepeats: number[];
}

/** The content of a {@link MemorySessionStore}, in a form for JSON. */
export interface SessionSnapshot {
  sessions: [userId: string, sessions: StoredSession[]][];
  revokedAt: [userId: string, time: number][];
}

/** Sessions in memory. No method waits before it is done, so each is atomic. */
export class MemorySessionStore implements SessionStore {
  readonly #users: Map<string, Map<string, StoredSession>>;
  readonly #revokedAt: Map<string, number>;

  /** @param content @default no sessions */
  constructor({ sessions, revokedAt }: SessionSnapshot = { sessions: [], revokedAt: [] }) {
    this.#users = new Map(sessions.map(([userId, own]) => [userId, new Map(own.map((each) => [each.id, each]))]));
    this.#revokedAt = new Map(revokedAt);
  }

  /** All sessions that are open at a time. */
  snapshot(now: number): SessionSnapshot {
    const sessions = [...this.#users.keys()].map((userId): [string, StoredSession[]] => [
      userId,
      this.#listOpen(userId, now),
    ]);
    return { sessions: sessions.filter(([, open]) => open.length > 0), revokedAt: [...this.#revokedAt] };
  }

  async create(created: NewSession): Promise<boolean> {
    const { session, tokenHash, origin, authenticatedAt, now, ...lifetimes } = created;
    const { userId, id } = session;
    if (authenticatedAt <= (this.#revokedAt.get(userId) ?? Number.NEGATIVE_INFINITY)) return false;
    const endsAt = now + lifetimes.absoluteMilliseconds;
    const times = { createdAt: now, lastUsedAt: now, endsAt };
    const stored = { ...origin, id, current: tokenHash, generation: 0, lateRepeats: [], ...times };
    const expiresAt = Math.min(now + lifetimes.idleMilliseconds, endsAt);
    const others = this.#listOpen(userId, now).sort((a, b) => a.expiresAt - b.expiresAt);
    const open = [...others.slice(-(maxSessionsOfUser - 1)), { ...stored, expiresAt }];
    this.#users.set(userId, new Map(open.map((kept) => [kept.id, kept])));
    return true;
  }

  async rotate(rotation: Rotation): Promise<RotationResult> {
    const { session, presented, successor, country, now, arrivedAt, ...times } = rotation;
    const stored = this.#find(session, now);
    if (!stored) return { outcome: "unknown", generation: 0 };
    // A token without a generation is later than none.
    const generation = rotation.generation ?? -1;
    const { current, previous, generation: known } = stored;
    const isRecovered = generation > known;
    if (presented === current || isRecovered) {
      Object.assign(stored, { current: successor, previous: presented, lastUsedAt: now });
      stored.generation = Math.max(known, generation) + 1;
      stored.expiresAt = Math.min(now + times.idleMilliseconds, stored.endsAt);
      if (country) stored.country = country;
      return { outcome: isRecovered ? "recovered" : "rotated", generation: stored.generation };
    }
    if (presented === previous) {
      const repeated = { generation: known, stored: current };
      if (arrivedAt - stored.lastUsedAt <= times.graceMilliseconds) return { outcome: "repeated", ...repeated };
      const late = stored.lateRepeats.filter((time) => now - time < lateRepeats.periodMilliseconds);
      if (late.length < lateRepeats.most) {
        stored.lateRepeats = [...late, now];
        return { outcome: "repeated late", ...repeated };
      }
    }
    await this.revoke(session);
    return { outcome: "reused", generation: 0 };
  }

  async isOpen(session: SessionId, now: number): Promise<boolean> {
    return this.#find(session, now) !== undefined;
  }

  async list(userId: string, now: number): Promise<OpenSession[]> {
    return this.#listOpen(userId, now)
      .map(({ id, createdAt, lastUsedAt, device, country }) => ({
        id,
        createdAt,
        lastUsedAt,
        ...(device && { device }),
        ...(country && { country }),
      }))
      .sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  }

  async revoke({ userId, id }: SessionId): Promise<boolean> {
    const sessions = this.#users.get(userId);
    const existed = sessions?.delete(id) ?? false;
    if (sessions?.size === 0) this.#users.delete(userId);
    return existed;
  }

  async revokeAll(userId: string, now: number, keptId?: string, expected?: readonly OpenSession[]): Promise<boolean> {
    if (expected && !isDeepStrictEqual(expected, await this.list(userId, now))) return false;
    const kept = keptId && this.#users.get(userId)?.get(keptId);
    if (kept) this.#users.set(userId, new Map([[kept.id, kept]]));
    else this.#users.delete(userId);
    for (const [other, at] of this.#revokedAt) {
      if (at < now - revocationMemoryMilliseconds) this.#revokedAt.delete(other);
    }
    this.#revokedAt.set(userId, now);
    return true;
  }

  async ping(): Promise<void> {}

  #find({ userId, id }: SessionId, now: number): StoredSession | undefined {
    const stored = this.#users.get(userId)?.get(id);
    return stored && stored.expiresAt > now ? stored : undefined;
  }

  #listOpen(userId: string, now: number): StoredSession[] {
    return [...(this.#users.get(userId)?.values() ?? [])].filter(({ expiresAt }) => expiresAt > now);
  }
}
