import { readPeppers } from "../auth/peppers.ts";
import { ConfigurationError } from "../config.ts";
import {
  cacheName,
  type DeployedEnvironment,
  minPepperBytes,
  parameterPath,
  parameters,
  variables,
} from "../contract.ts";
import type { Backends } from "../dependencies.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import { once } from "../platform/once.ts";
import { defaultTimeouts, type Timeouts } from "../platform/timeouts.ts";
import type { Tracing } from "../platform/tracing.ts";
import { environmentCredentials } from "./credentials.ts";

/** What functions share with those of another environment, and yet use for themselves alone. */
export interface CloudNames {
  /** Also begins every key in Redis: one name decides on all data. @default that of the connection string, and the service's prefix */
  databaseName?: string | undefined;
  /** The replication group. @default the environment's own */
  cacheName?: string | undefined;
}

/** Where backends report, and how long they wait. */
interface CloudOptions {
  log: Logger;
  metrics: Metrics;
  tracing: Tracing;
  /** @default those of the service in production */
  timeouts?: Timeouts;
  /** Tells how old parameters and connections are. @default the system clock */
  clock?: Clock;
  /** URL of the queue of mails in SQS. @default a mail is not queued, and counts as such */
  mailQueueUrl?: string | undefined;
  /** @default all of it is the environment's own */
  names?: CloudNames;
}

/** Names of errors with which the driver refuses a connection string. */
const wrongUri = /^Mongo(Parse|InvalidArgument|API|MissingCredentials)Error$/;

/**
 * The backends in AWS: MongoDB Atlas, ElastiCache and KMS, configured by SSM parameters. Their clients are imported at their first
 * use.
 */
export function cloudBackends(
  environment: DeployedEnvironment,
  { log, metrics, tracing, timeouts = defaultTimeouts, clock = systemClock, mailQueueUrl, names = {} }: CloudOptions,
): Backends {
  const configuration = once(async () => {
    const { Parameters } = await import("./parameters.ts");
    return new Parameters(environment, clock, timeouts);
  });

  const redis = once(async () => {
    const [{ RedisConnection, isErrorReply }, { cacheCredentials }, values] = await Promise.all([
      import("../platform/redis.ts"),
      import("./cache-credentials.ts"),
      configuration(),
    ]);
    const toRedisAddress = (value: string) => {
      const url = /^rediss?:/.test(value) && URL.canParse(value) ? new URL(value) : undefined;
      if (!url) throw createWrongValueError(environment, parameters.redisUrl, "no URL of Redis");
      const group = names.cacheName ?? cacheName(environment);
      const credentials = () => cacheCredentials({ cacheName: group, userName: url.username });
      return [url.href, url.username ? credentials : undefined] as const;
    };
    // Each new connection uses the parameter, which may have been corrected since the last one failed.
    return new RedisConnection(
      (connect) => values.use(parameters.redisUrl, (value) => connect(...toRedisAddress(value)), isErrorReply),
      { tracing, timeouts, clock, keyPrefix: names.databaseName && `${names.databaseName}:` },
    );
  });

  const stagedKeys = once(
    async () => new (await import("./staged-kms-keys.ts")).StagedKmsKeys(log, tracing, timeouts, clock),
  );
  /** Parameters that were built upon. */
  const read = new Set<string>();
  /** Builds upon a parameter as it is now. The first time, it is read with all others: a cold start reads them anyway. */
  const useAgain = async <T>(name: string, build: (value: string) => T | Promise<T>): Promise<T> => {
    const values = await configuration();
    const isFirst = !read.has(name) && !values.areOutdated;
    read.add(name);
    return isFirst ? values.use(name, build) : build(await values.readAlone(name));
  };

  return {
    async database() {
      const [{ connectMongo }, values] = await Promise.all([import("../platform/mongo.ts"), configuration()]);
      const credentials = async () => environmentCredentials();
      const connect = (uri: string) =>
        connectMongo(uri, { credentials, metrics, tracing, timeouts, database: names.databaseName }).catch(
          (cause: Error) => {
            if (!wrongUri.test(cause.name)) throw cause;
            throw createWrongValueError(environment, parameters.mongodbUri, "no connection string of MongoDB", cause);
          },
        );
      return values.use(parameters.mongodbUri, connect, ({ name }: Error) => name === "MongoServerError");
    },
    async sessions() {
      const [{ RedisSessionStore }, connection] = await Promise.all([
        import("../auth/redis-session-store.ts"),
        redis(),
      ]);
      return new RedisSessionStore(connection);
    },
    rateLimits: redis,
    async links() {
      const [{ RedisLinkStore }, connection] = await Promise.all([import("../auth/redis-link-store.ts"), redis()]);
      return new RedisLinkStore(connection);
    },
    async userCache() {
      const [{ RedisUserCache }, connection] = await Promise.all([import("../platform/redis-user-cache.ts"), redis()]);
      return new RedisUserCache(connection, clock, timeouts);
    },
    async mails() {
      if (!mailQueueUrl)
        throw new ConfigurationError(`The environment variable ${variables.mailQueueUrl} is not set. Set it.`);
      return new (await import("./sqs-mail-queue.ts")).SqsMailQueue(mailQueueUrl, timeouts, clock);
    },
    async signingKeys() {
      const [keys] = await Promise.all([stagedKeys(), configuration()]);
      return useAgain(parameters.jwtSigningKeys, (value) => keys.load(value));
    },
    refreshTokenPeppers: () =>
      useAgain(parameters.refreshTokenPepper, (value) => {
        const peppers = readPeppers(value);
        if (peppers) return peppers;
        const is = `not at least ${minPepperBytes} bytes in base64`;
        throw createWrongValueError(environment, parameters.refreshTokenPepper, is);
      }),
  };
}

/** Names a parameter whose value is wrong. The message does not contain the value. */
const createWrongValueError = (environment: DeployedEnvironment, name: string, is: string, cause?: unknown) =>
  new ConfigurationError(`The SSM parameter ${parameterPath(environment, name)} is ${is}. Correct it.`, { cause });
