/** Identifies a session. It includes the user, so that all keys of a user are on one node of a Redis cluster. */
export interface SessionId {
  userId: string;
  id: string;
}

/** What a user recognizes a session by. */
export interface SessionOrigin {
  /** The app's name for its device. */
  device?: string | undefined;
  /** Country of the last use, in ISO 3166-1 alpha-2. */
  country?: string | undefined;
}

/** A session to open. Times are milliseconds since the epoch. */
export interface NewSession {
  session: SessionId;
  /** Keyed hash of the session's first refresh token. */
  tokenHash: string;
  origin: SessionOrigin;
  /** When the user's credentials were read, before they were checked. */
  authenticatedAt: number;
  now: number;
  /** How long it lives without use. */
  idleMilliseconds: number;
  /** How long it lives at most. */
  absoluteMilliseconds: number;
}

/**
 * How long a store remembers that all sessions of a user were ended: longer than any login can be in progress, as API Gateway times
 * out after 29 s.
 */
export const revocationMemoryMilliseconds = 60_000;

/** A person has a handful of devices. One session more replaces the session that ends first. */
export const maxSessionsOfUser = 50;

/**
 * How often in a period a session accepts the parent of its unused token after the grace period. Each is an app that lost a response
 * and came back late, or a thief in lockstep with the owner: one of them then refreshes late each time. As access tokens live for 15
 * minutes, that thief is found within an hour.
 */
export const lateRepeats = { most: 3, periodMilliseconds: 24 * 60 * 60 * 1000 } as const;

/** One use of a refresh token. */
export interface Rotation {
  session: SessionId;
  /** Keyed hash of the token that the client sent. */
  presented: string;
  /**
   * The generation of the token that the client sent: 0 for the first of a session.
   * @default it was issued before tokens carried their generation
   */
  generation?: number | undefined;
  /** Keyed hash of the only token that may follow it. */
  successor: string;
  /** @default the country stays as it was */
  country?: string | undefined;
  now: number;
  /** When the request arrived: the time that it waited in the service must not count towards the grace period. */
  arrivedAt: number;
  idleMilliseconds: number;
  graceMilliseconds: number;
}

/**
 * The outcomes of a rotation:
 * - `rotated`: the successor is now the session's token;
 * - `recovered`: the same, but the store did not know the token, which is of a later generation than the session's: the store lost
 *   rotations that it had acknowledged, as Redis may in a failover;
 * - `repeated`: the successor already was the session's token, and the client repeats its request within the grace period;
 * - `repeated late`: the same after the grace period, see {@link lateRepeats};
 * - `reused`: the token was used before, so an attacker may have a copy; the session is revoked;
 * - `unknown`: no such session, or it has expired.
 */
export const rotationOutcomes = ["rotated", "recovered", "repeated", "repeated late", "reused", "unknown"] as const;

/** See {@link rotationOutcomes}. */
export type RotationOutcome = (typeof rotationOutcomes)[number];

/** What a rotation did. */
export interface RotationResult {
  outcome: RotationOutcome;
  /** The generation of the successor; 0 if the client gets none. */
  generation: number;
  /** Keyed hash of the session's token, only if the outcome is `repeated` or `repeated late`: the client gets this very token. */
  stored?: string;
}

/** A session as its user sees it. Times are milliseconds since the epoch. */
export interface OpenSession extends SessionOrigin {
  id: string;
  createdAt: number;
  lastUsedAt: number;
}

/** A store of sessions: Redis, or the process itself. The same tests check both. */
export interface SessionStore {
  /**
   * @returns false, and stores nothing, if all sessions of the user were ended after the credentials were read: a login in progress
   *   must not outlive the deletion of its account
   */
  create(session: NewSession): Promise<boolean>;
  /**
   * Atomic: all concurrent calls with one token get the same successor. A repetition changes neither last use nor expiry.
   *
   * A session's generation is never below that of a token that it has issued. So a genuine token of a later one shows that rotations
   * were lost. A release without generations does not count its rotations, and issues tokens without a generation.
   */
  rotate(rotation: Rotation): Promise<RotationResult>;
  /** True until the session was revoked or has expired. */
  isOpen(session: SessionId, now: number): Promise<boolean>;
  /** A user's open sessions, most recently used first. */
  list(userId: string, now: number): Promise<OpenSession[]>;
  /** @returns whether the session existed */
  revoke(session: SessionId): Promise<boolean>;
  /**
   * Ends a user's sessions, and those of logins in progress.
   * @param keptId the session to keep; @default none
   * @param expected the open sessions as they were listed; @default any
   * @returns false, and ends none, if these are not the sessions that are open now, or one was used since
   */
  revokeAll(userId: string, now: number, keptId?: string, expected?: readonly OpenSession[]): Promise<boolean>;
  /** Resolves if the store responds. */
  ping(): Promise<void>;
}
