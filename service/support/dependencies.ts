import { ActivityRepository } from "../activities/repository.ts";
import { SecurityEvents } from "../auth/security-events.ts";
import type { SessionStore } from "../auth/session-store.ts";
import type { Backends, ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logging.ts";
import { once } from "../platform/once.ts";
import type { UserCache } from "../platform/user-cache.ts";
import { Erasures } from "../users/erasures.ts";
import { UserRepository } from "../users/repository.ts";
import { AuditLog } from "./audit-log.ts";

/** What support uses of the service: nothing that hashes passwords or signs tokens, so that its archive has no code for it. */
export interface SupportDependencies
  extends Pick<ServiceDependencies, "users" | "activities" | "erasures" | "sessions" | "userCache"> {
  readonly events: SecurityEvents;
  audit(): Promise<AuditLog>;
  readonly clock: Clock;
}

/** The backends that support uses. */
export type SupportBackends = Pick<Backends, "database" | "sessions" | "userCache">;

/** Builds the dependencies upon their backends, each at its first use. */
export function createSupportDependencies(backends: SupportBackends, log: Logger, clock: Clock): SupportDependencies {
  const database = once(backends.database, "MongoDB", "database");
  const sessions: () => Promise<SessionStore> = once(backends.sessions, "Redis", "redis");
  const userCache: () => Promise<UserCache> = once(backends.userCache, "Redis", "redis");
  return {
    users: once(async () => new UserRepository(await database())),
    activities: once(async () => new ActivityRepository(await database())),
    erasures: once(async () => new Erasures(await database())),
    audit: once(async () => new AuditLog(await database())),
    ...{ sessions, userCache, clock },
    events: new SecurityEvents(log, clock),
  };
}
