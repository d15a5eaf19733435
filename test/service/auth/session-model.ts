export const idleSeconds = 600;
export const absoluteSeconds = 1_500;
export const graceSeconds = 10;

/** A session of the model: a chain of tokens, of which the last is valid, and the one before it during the grace period. */
export interface ModelSession {
  tokens: string[];
  openedAt: number;
  usedAt: number;
  open: boolean;
}

/** The rules of one user's sessions, as simple as possible. Times are seconds. */
export class Model {
  sessions: ModelSession[] = [];
  exists = true;

  login(token: string, now: number): ModelSession {
    const session = { tokens: [token], openedAt: now, usedAt: now, open: true };
    this.sessions.push(session);
    return session;
  }

  /** The expected outcome of a refresh with the `index`-th token. */
  refresh(session: ModelSession, index: number, now: number): "next" | "same" | "refused" {
    const last = session.tokens.length - 1;
    if (!this.isOpen(session, now)) return "refused";
    if (index === last) return "next";
    if (index === last - 1 && now - session.usedAt <= graceSeconds) return "same";
    session.open = false;
    return "refused";
  }

  used(session: ModelSession, successor: string, now: number) {
    session.tokens.push(successor);
    session.usedAt = now;
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
