export const graceSeconds = 10;
export const daySeconds = 86_400;
export const idleSeconds = 2 * daySeconds;
export const absoluteSeconds = 5 * daySeconds;

/** Tokens of a session by their generation. The store knows one as current; later ones are of rotations that it lost. */
export interface ModelSession {
  tokens: string[];
  current: number;
  openedAt: number;
  usedAt: number;
  /** When a client came back late. */
  late: number[];
  open: boolean;
}

/** The expected outcome of a refresh. */
export type Refreshed = "next" | "recovered" | "same" | "same late" | "late too often" | "reused" | "unknown";

/** The rules of one user's sessions, as simple as possible. Times are seconds. */
export class Model {
  sessions: ModelSession[] = [];
  exists = true;

  login(token: string, now: number): ModelSession {
    const session = { tokens: [token], current: 0, openedAt: now, usedAt: now, late: [], open: true };
    this.sessions.push(session);
    return session;
  }

  /**
   * A refresh with the `index`-th token.
   * @param isNumbered whether the token shows its generation
   */
  refresh(session: ModelSession, index: number, isNumbered: boolean, now: number): Refreshed {
    if (!this.isOpen(session, now)) return "unknown";
    const isLost = index > session.current && isNumbered;
    if (index === session.current || isLost) {
      session.current = index + 1;
      session.usedAt = now;
      return isLost ? "recovered" : "next";
    }
    const lateToday = session.late.filter((time) => now - time < daySeconds).length;
    const isParent = index === session.current - 1;
    if (isParent && now - session.usedAt <= graceSeconds) return "same";
    if (isParent && lateToday < 3) {
      session.late.push(now);
      return "same late";
    }
    session.open = false;
    return isParent ? "late too often" : "reused";
  }

  isOpen(session: ModelSession, now: number): boolean {
    return session.open && !this.hasExpired(session, now);
  }

  hasExpired({ usedAt, openedAt }: ModelSession, now: number): boolean {
    return now - usedAt >= idleSeconds || now - openedAt >= absoluteSeconds;
  }

  /** A password change, a deletion, "all others": only this session stays open, if any. */
  endAllBut(kept?: ModelSession) {
    for (const session of this.sessions) if (session !== kept) session.open = false;
  }
}
