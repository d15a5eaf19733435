/** Names a session. The user is part of it, so that all keys of one user live on one node of a Redis cluster. */
export interface SessionId {
  userId: string;
  id: string;
}

/** A session at its beginning. Times are milliseconds since the epoch. */
export interface NewSession {
  session: SessionId;
  /** Keyed hash of the session's first refresh token. */
  tokenHash: string;
  now: number;
  expiresAt: number;
}

/** One use of a refresh token. */
export interface Rotation {
  session: SessionId;
  /** Keyed hash of the token that the client sent. */
  presented: string;
  /** Keyed hash of the only token that may follow it. */
  successor: string;
  now: number;
  expiresAt: number;
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

/** Where sessions live: Redis, or the process itself. Both keep the same rules; the same tests hold them. */
export interface SessionStore {
  create(session: NewSession): Promise<void>;
  /** Atomic: however many calls there are at once with one token, all of them get the same successor. */
  rotate(rotation: Rotation): Promise<RotationOutcome>;
  /** Ends a session; one that does not exist has ended already. */
  revoke(session: SessionId): Promise<void>;
  revokeAllOf(userId: string): Promise<void>;
  /** Resolves if the store answers. */
  ping(): Promise<void>;
}
