/** Names a session. The user is part of it, so that all keys of one user live on one node of a Redis cluster. */
export interface SessionId {
  userId: string;
  id: string;
}

/** By what a user recognises a session. */
export interface SessionOrigin {
  /** What the app calls the device that it runs on. */
  device?: string | undefined;
  /** Country of the last use, as ISO 3166 names it in two letters. */
  country?: string | undefined;
}

/** A session at its beginning. Times are milliseconds since the epoch. */
export interface NewSession {
  session: SessionId;
  /** Keyed hash of the session's first refresh token. */
  tokenHash: string;
  origin: SessionOrigin;
  /** When the user's credentials were read, before the time that checking them takes. */
  authenticatedAt: number;
  now: number;
  /** How long it lives without a use. */
  idleMilliseconds: number;
  /** How long it lives at most, however it is used. */
  absoluteMilliseconds: number;
}

/**
 * How long a store remembers that all of a user's sessions were ended: longer than any login can be under way, as
 * API Gateway gives up after 29 s.
 */
export const revocationMemoryMilliseconds = 60_000;

/** A person has a handful of devices. A session more than this takes the place of the other one that ends first. */
export const maxSessionsOfUser = 50;

/** One use of a refresh token. */
export interface Rotation {
  session: SessionId;
  /** Keyed hash of the token that the client sent. */
  presented: string;
  /** Keyed hash of the only token that may follow it. */
  successor: string;
  /** @default what was known before */
  country?: string | undefined;
  now: number;
  /** When the client's request arrived: what it waited for here must not count against the grace time. */
  arrivedAt: number;
  idleMilliseconds: number;
  graceMilliseconds: number;
}

/**
 * What a rotation came to:
 * - `rotated`: the successor is now the session's token;
 * - `repeated`: it was so already, the client asks again within the grace time;
 * - `reused`: the token was used before, so somebody has a copy; the session is revoked;
 * - `unknown`: no such session, or it has expired.
 */
export type RotationOutcome = "rotated" | "repeated" | "reused" | "unknown";

/** A session as its user may see it. Times are milliseconds since the epoch. */
export interface OpenSession extends SessionOrigin {
  id: string;
  createdAt: number;
  lastUsedAt: number;
}

/** Where sessions live: Redis, or the process itself. Both keep the same rules; the same tests hold them. */
export interface SessionStore {
  /**
   * @returns false, and nothing is stored, if all of the user's sessions were ended after the credentials were read:
   *   a login under way must not outlive the deletion of its account
   */
  create(session: NewSession): Promise<boolean>;
  /** Atomic: however many calls there are at once with one token, all of them get the same successor. */
  rotate(rotation: Rotation): Promise<RotationOutcome>;
  /** True until the session was revoked or has expired. */
  isOpen(session: SessionId, now: number): Promise<boolean>;
  /** A user's open sessions, the one used last first. */
  list(userId: string, now: number): Promise<OpenSession[]>;
  /** @returns whether there was such a session; one that does not exist has ended already */
  revoke(session: SessionId): Promise<boolean>;
  /**
   * Ends a user's sessions, and those of logins under way.
   * @param keptId the session that goes on; @default none does
   */
  revokeAll(userId: string, now: number, keptId?: string): Promise<void>;
  /** Resolves if the store answers. */
  ping(): Promise<void>;
}
