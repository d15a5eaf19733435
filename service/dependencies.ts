import type { Db } from "mongodb";
import type { ActivityRepository } from "./activities/repository.ts";
import type { AccessTokens } from "./auth/access-tokens.ts";
import type { AuthLimits } from "./auth/auth-limits.ts";
import type { LinkStore, Links } from "./auth/links.ts";
import type { Passwords } from "./auth/passwords.ts";
import { createFreshPeppers, type StagedPeppers } from "./auth/peppers.ts";
import type { RegistrationKeys } from "./auth/registration-keys.ts";
import { SecurityEvents } from "./auth/security-events.ts";
import type { SessionStore } from "./auth/session-store.ts";
import type { SigningKeyRing } from "./auth/signing-key-ring.ts";
import type { StagedKeys } from "./auth/signing-keys.ts";
import type { Tokens } from "./auth/tokens.ts";
import type { ServiceConfig } from "./config.ts";
import { type DependencyName, dependencyNames } from "./contract.ts";
import type { MailQueue } from "./mail/mail.ts";
import type { Outbox } from "./mail/outbox.ts";
import type { Clock } from "./platform/clock.ts";
import type { Logger } from "./platform/logging.ts";
import type { Metrics } from "./platform/metrics.ts";
import { once } from "./platform/once.ts";
import type { RedisConnection } from "./platform/redis.ts";
import type { Timeouts } from "./platform/timeouts.ts";
import type { UserCache } from "./platform/user-cache.ts";
import type { Erasures } from "./users/erasures.ts";
import type { UserRepository } from "./users/repository.ts";

/** Backends of the service: real services in AWS, embedded backends on a developer's machine. */
export interface Backends {
  database(): Promise<Db>;
  sessions(): Promise<SessionStore>;
  /** The keys as they are staged now; called again and again. */
  signingKeys(): Promise<StagedKeys>;
  /** The keys under which refresh tokens are hashed, as they are staged now; called again and again. */
  refreshTokenPeppers(): Promise<StagedPeppers>;
  /** Where requests are counted for all processes together; undefined where each process counts its own. */
  rateLimits(): Promise<RedisConnection | undefined>;
  /** Where links of mails wait to be used. */
  links(): Promise<LinkStore>;
  /** Caches data of users for minutes. */
  userCache(): Promise<UserCache>;
  /** Where mails wait for their sender. */
  mails(): Promise<MailQueue>;
}

/**
 * The service's dependencies. Each is imported and built at its first use and then shared: a cold start pays for
 * nothing that the request does not need, and one dependency that is down leaves the others working.
 */
export interface ServiceDependencies {
  users(): Promise<UserRepository>;
  activities(): Promise<ActivityRepository>;
  erasures(): Promise<Erasures>;
  passwords(): Promise<Passwords>;
  accessTokens(): Promise<AccessTokens>;
  tokens(): Promise<Tokens>;
  registrationKeys(): Promise<RegistrationKeys>;
  userCache(): Promise<UserCache>;
  sessions(): Promise<SessionStore>;
  limits(): Promise<AuthLimits>;
  links(): Promise<Links>;
  signingKeys(): Promise<SigningKeyRing>;
  outbox(): Promise<Outbox>;
  events: SecurityEvents;
  metrics: Metrics;
  /** Each resolves if its backend responds. The names are those of `/health/ready`. */
  checks: Record<"database" | "redis" | "signing_key", () => Promise<void>>;
}

/** Builds the dependencies upon their backends. */
export function createDependencies(
  backends: Backends,
  config: ServiceConfig,
  clock: Clock,
  log: Logger,
  metrics: Metrics,
  timeouts: Timeouts,
): ServiceDependencies {
  const events = new SecurityEvents(log, clock);
  // What a request waits for that is the first to need one of them.
  const mongo = ["MongoDB", dependencyNames.database] as const;
  const redis = ["Redis", dependencyNames.redis] as const;
  const keys = ["the signing keys"] as const;
  const database = once(backends.database, ...mongo);
  const sessions = once(backends.sessions, ...redis);

  const users = build(async () => (await import("./users/repository.ts")).UserRepository, database, mongo);
  const activities = build(
    async () => (await import("./activities/repository.ts")).ActivityRepository,
    database,
    mongo,
  );
  const erasures = build(async () => (await import("./users/erasures.ts")).Erasures, database, mongo);
  const passwords = once(async () => {
    const { Passwords } = await import("./auth/passwords.ts");
    return new Passwords(config.passwords);
  });

  const signingKeys = once(
    async () => {
      const { SigningKeyRing } = await import("./auth/signing-key-ring.ts");
      const invalidate = async () => (await accessTokens()).invalidate();
      return new SigningKeyRing(backends.signingKeys, clock, log, invalidate, timeouts);
    },
    ...keys,
  );

  const accessTokens = once(async () => {
    const [{ AccessTokens }, keys] = await Promise.all([import("./auth/access-tokens.ts"), signingKeys()]);
    const { apiUrl, tokens } = config;
    return new AccessTokens({ keys, apiUrl, lifetimeSeconds: tokens.accessTokenSeconds, clock, metrics });
  });

  const peppers = createFreshPeppers(backends.refreshTokenPeppers, clock, log, timeouts);

  const registrationKeys = async () => {
    const [{ RegistrationKeys }, staged] = await Promise.all([import("./auth/registration-keys.ts"), peppers.get()]);
    return new RegistrationKeys(staged);
  };
  const userCache = once(async () => {
    const [{ MeasuredUserCache }, cache] = await Promise.all([
      import("./platform/measured-user-cache.ts"),
      backends.userCache(),
    ]);
    return new MeasuredUserCache(cache, metrics);
  });

  const limits = once(async () => {
    const [{ AuthLimits }, redis] = await Promise.all([
      import("./auth/auth-limits.ts"),
      backends.rateLimits(),
      peppers.get(),
    ]);
    const key = async () => (await peppers.get()).current;
    return new AuthLimits({ ...config, key, events, redis, timeouts });
  });

  const links = once(
    async () => {
      const [{ Links }, store] = await Promise.all([import("./auth/links.ts"), backends.links(), peppers.get()]);
      return new Links({ apiUrl: config.apiUrl, store, peppers, clock });
    },
    ...redis,
  );

  const issuing = once(async () => {
    const [{ Tokens }, access, store] = await Promise.all([
      import("./auth/tokens.ts"),
      accessTokens(),
      sessions(),
      peppers.get(),
    ]);
    const backends = { accessTokens: access, peppers, sessions: store };
    return new Tokens({ ...backends, events, config: config.tokens, clock });
  });
  const tokens = async () => {
    const [built, keys] = await Promise.all([issuing(), signingKeys()]);
    // After a freeze, the keys are read again at the same time as the peppers, which are needed first.
    keys.isFresh();
    return built;
  };

  const outbox = once(async () => {
    const { Outbox } = await import("./mail/outbox.ts");
    return new Outbox(once(backends.mails), metrics, log, timeouts.mailQueue);
  });

  return {
    users,
    activities,
    erasures,
    passwords,
    accessTokens,
    tokens,
    registrationKeys,
    userCache,
    sessions,
    limits,
    links,
    signingKeys,
    outbox,
    events,
    metrics,
    checks: {
      // A read, not a `ping`: it also checks the permissions of the database user.
      database: async () => void (await (await database()).collection("users").findOne({}, { projection: { _id: 1 } })),
      // Without the pepper, a store that responds is of no use.
      redis: async () => {
        const [store] = await Promise.all([sessions(), peppers.get()]);
        await store.ping();
      },
      signing_key: async () => (await (await signingKeys()).current()).ping(),
    },
  };
}

/** Imports a class, and builds it upon what it needs: both at the same time, at the first use. */
const build = <Needed, T>(
  load: () => Promise<new (needed: Needed) => T>,
  need: () => Promise<Needed>,
  names: readonly [what?: string, dependency?: DependencyName] = [],
) =>
  once(
    async () => {
      const [Class, needed] = await Promise.all([load(), need()]);
      return new Class(needed);
    },
    ...names,
  );
