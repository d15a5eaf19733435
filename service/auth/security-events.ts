import { securityEventMetric } from "../contract.ts";
import type { Clock } from "../platform/clock.ts";
import type { Level, Logger } from "../platform/logging.ts";
import { embeddedMetrics } from "../platform/metrics.ts";

/** Events that operators count and investigators search. The names are part of metrics and alarms. */
const levels = {
  /** A wrong password, or an address without an account. */
  login_failed: "info",
  /** A password or a token was tried too often. */
  rate_limited: "warn",
  /** A refresh token was sent after its successor was used, or too often without it: an attacker may have a copy. The session was ended. */
  refresh_token_reused: "warn",
  /** A refresh token was sent again after the grace period, and its successor was not used: its response was probably lost. */
  refresh_token_repeated_late: "info",
  /** A refresh token was later than Redis knew, so a failover had lost its rotation. The session continues. */
  refresh_rotation_recovered: "warn",
  /** A user ended one session, all others, or all with the account. */
  session_revoked: "info",
  /** A password was changed, and with it all other sessions were ended. */
  password_changed: "info",
  /** A user, or an attacker, asked for a link to reset the password. The account exists. */
  password_reset_requested: "info",
  /** A password was reset by a link, and with it all sessions were ended. */
  password_reset: "info",
  /** A user has confirmed the address of the account. */
  email_verified: "info",
  /** A user who knows the password asked for another address. */
  email_change_requested: "info",
  /** The address of an account was changed. */
  email_changed: "info",
  /** An address got no mail, since it got as many of them as it may. */
  mail_limit_reached: "warn",
  /** The signing or published keys changed. Each process writes its own event when it detects the change. */
  signing_keys_changed: "info",
} satisfies Record<string, Level>;

export type SecurityEvent = keyof typeof levels;

/**
 * Writes security events as lines of the log, each counted by a metric. They contain the user's id where there is one, and no other
 * personal data.
 */
export class SecurityEvents {
  readonly #log: Logger;
  readonly #clock: Clock;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  record(event: SecurityEvent, userId?: string): void {
    const { name, dimension } = securityEventMetric;
    this.#log.write(levels[event], "security event", {
      user_id: userId,
      ...embeddedMetrics(this.#clock(), { [name]: { unit: "Count", value: 1 } }, { [dimension]: event }),
    });
  }
}
