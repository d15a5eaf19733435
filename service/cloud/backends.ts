import { cacheName, type DeployedEnvironment, parameters } from "../contract.ts";
import type { Backends } from "../dependencies.ts";
import { systemClock } from "../platform/clock.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import { once } from "../platform/once.ts";
import { defaultTimeouts, type Timeouts } from "../platform/timeouts.ts";
import type { Tracing } from "../platform/tracing.ts";
import { environmentCredentials } from "./credentials.ts";
import type { StagedKmsKeys } from "./staged-kms-keys.ts";

/** Where backends report, and how long they wait. */
interface CloudOptions {
  log: Logger;
  metrics: Metrics;
  tracing: Tracing;
  /** @default those of the service in production */
  timeouts?: Timeouts;
}

/**
 * The backends in AWS: MongoDB Atlas, ElastiCache and KMS, configured by SSM parameters. Their clients are imported at their first
 * use.
 */
export function cloudBackends(
  environment: DeployedEnvironment,
  { log, metrics, tracing, timeouts = defaultTimeouts }: CloudOptions,
): Backends {
  const read = async (names?: readonly string[]) =>
    (await import("./parameters.ts")).readParameters(environment, names, timeouts);

  const configuration = once(() => read());

  const redis = once(async () => {
    const [{ RedisConnection }, { cacheCredentials }, values] = await Promise.all([
      import("../platform/redis.ts"),
      import("./cache-credentials.ts"),
      configuration(),
    ]);
    const url = new URL(values(parameters.redisUrl));
    const credentials = url.username
      ? () => cacheCredentials({ cacheName: cacheName(environment), userName: url.username })
      : undefined;
    return new RedisConnection(url.href, { ...(credentials && { credentials }), tracing, timeouts });
  });

  let stagedKeys: StagedKmsKeys | undefined;
  const freshKeys = () => read([parameters.jwtSigningKeys]);

  return {
    async database() {
      const [{ connectMongo }, values] = await Promise.all([import("../platform/mongo.ts"), configuration()]);
      const credentials = async () => environmentCredentials();
      return connectMongo(values(parameters.mongodbUri), { credentials, metrics, tracing, timeouts });
    },
    async sessions() {
      const [{ RedisSessionStore }, connection] = await Promise.all([
        import("../auth/redis-session-store.ts"),
        redis(),
      ]);
      return new RedisSessionStore(connection);
    },
    rateLimits: redis,
    async userCache() {
      const [{ RedisUserCache }, connection] = await Promise.all([import("../platform/redis-user-cache.ts"), redis()]);
      return new RedisUserCache(connection, systemClock, timeouts);
    },
    async signingKeys() {
      // The first time together with all other parameters, later alone.
      const [{ StagedKmsKeys }, values] = await Promise.all([
        import("./staged-kms-keys.ts"),
        stagedKeys ? freshKeys() : configuration(),
      ]);
      stagedKeys ??= new StagedKmsKeys(log, tracing, timeouts);
      return stagedKeys.load(values(parameters.jwtSigningKeys));
    },
    async refreshTokenPepper() {
      return Buffer.from((await configuration())(parameters.refreshTokenPepper), "base64");
    },
  };
}
