import { ActivityRepository } from "../activities/repository.ts";
import { Links } from "../auth/links.ts";
import { createFreshPeppers } from "../auth/peppers.ts";
import { SecurityEvents } from "../auth/security-events.ts";
import type { SessionStore } from "../auth/session-store.ts";
import type { Backends, ServiceDependencies } from "../dependencies.ts";
import type { MailQueue } from "../mail/mail.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import { once } from "../platform/once.ts";
import type { Timeouts } from "../platform/timeouts.ts";
import type { UserCache } from "../platform/user-cache.ts";
import { Erasures } from "../users/erasures.ts";
import { UserRepository } from "../users/repository.ts";
import { AuditLog } from "./audit-log.ts";

/** What support uses of the service: nothing that hashes passwords or signs tokens, so that its archive has no code for it. */
export interface SupportDependencies
  extends Pick<ServiceDependencies, "users" | "activities" | "erasures" | "sessions" | "userCache"> {
  readonly events: SecurityEvents;
  audit(): Promise<AuditLog>;
  readonly metrics: Metrics;
  links(): Promise<Links>;
  /** Not through the outbox, which hides the cause if a mail is not queued. */
  mails(): Promise<MailQueue>;
  readonly clock: Clock;
}

/** The backends that support uses. */
export type SupportBackends = Pick<
  Backends,
  "database" | "sessions" | "userCache" | "refreshTokenPeppers" | "links" | "mails"
>;

/** What the support function is built upon. */
export interface SupportOptions {
  readonly backends: SupportBackends;
  /** Base of the links in mails. */
  readonly apiUrl: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** @default the system clock */
  readonly clock?: Clock;
  /** @default those of the service in production */
  readonly timeouts?: Timeouts;
}

/** Builds the dependencies upon their backends, each at its first use. */
export function createSupportDependencies({
  backends,
  apiUrl,
  log,
  metrics,
  clock,
  timeouts,
}: Required<SupportOptions>): SupportDependencies {
  const database = once(backends.database, "MongoDB", "database");
  const sessions: () => Promise<SessionStore> = once(backends.sessions, "Redis", "redis");
  const userCache: () => Promise<UserCache> = once(backends.userCache, "Redis", "redis");
  const peppers = createFreshPeppers(backends.refreshTokenPeppers, clock, log, timeouts);
  return {
    users: once(async () => new UserRepository(await database())),
    activities: once(async () => new ActivityRepository(await database())),
    erasures: once(async () => new Erasures(await database())),
    audit: once(async () => new AuditLog(await database())),
    links: once(async () => {
      const [store] = await Promise.all([backends.links(), peppers.get()]);
      return new Links({ apiUrl, store, peppers, clock });
    }),
    mails: once(backends.mails, "the queue of mails"),
    ...{ sessions, userCache, clock, metrics },
    events: new SecurityEvents(log, clock),
  };
}
