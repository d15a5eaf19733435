import { join } from "node:path";
import type { Db } from "mongodb";
import type { LinkStore } from "../auth/links.ts";
import type { SessionStore } from "../auth/session-store.ts";
import type { SigningKey } from "../auth/signing-keys.ts";
import type { Backends } from "../dependencies.ts";
import type { Mail } from "../mail/mail.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { MongoOptions } from "../platform/mongo.ts";
import { once } from "../platform/once.ts";
import { redactText } from "../platform/redaction.ts";
import type { RedisConnection } from "../platform/redis.ts";
import type { UserCache } from "../platform/user-cache.ts";
import { dataFolder, usingDataFolder } from "./data-folder.ts";
import { FileMailQueue } from "./file-mail-queue.ts";
import { filePepper } from "./file-pepper.ts";
import { probe, validateUrl } from "./probe.ts";

/** A connected backend. */
interface ConnectedBackend<T> {
  backend: T;
  /** Its line in the startup banner. */
  description: string;
  /** Closes its connections. @default it has none that must be closed */
  close?(): Promise<void>;
}

/** The connected backends for development, with their descriptions. */
export type LocalBackends = Awaited<ReturnType<typeof localBackends>>;

/**
 * Connects to the services that the environment configures, and falls back to an embedded backend for each other one.
 *
 * @param metrics metrics of the backends
 * @param onMail is called with each mail that is kept as a file. @default none
 * @throws {ConfigurationError} if a configured service is unreachable: there is no silent fallback
 */
export async function localBackends(
  environment: NodeJS.ProcessEnv,
  metrics: Metrics,
  onMail: (mail: Mail) => void = () => {},
) {
  const folder = await dataFolder(environment);
  const mailFolder = join(folder, "mails");
  const { MONGODB_URI: uri, REDIS_URL: url } = environment;
  const redis = url ? new (await import("../platform/redis.ts")).RedisConnection(url) : undefined;
  if (!uri || !redis) await lockDataFolder(folder);
  const [database, sessions, signingKey, pepper] = await Promise.all([
    uri ? connectDatabase(uri, { metrics }) : embeddedDatabase(folder),
    chooseSessions(url, folder, redis),
    chooseSigningKey(environment.AWS_ENDPOINT_URL, folder),
    usingDataFolder(folder, filePepper(join(folder, "refresh-token-pepper"))),
  ]);
  return {
    database,
    sessions,
    signingKey,
    mailFolder,
    backends: {
      database: async () => database.backend,
      sessions: async () => sessions.backend,
      signingKeys: async () => ({ current: signingKey.backend }),
      refreshTokenPeppers: async () => ({ current: pepper }),
      rateLimits: async () => redis,
      links: once(() => chooseLinks(redis)),
      userCache: () => chooseUserCache(redis),
      mails: async () => new FileMailQueue(mailFolder, onMail),
    } satisfies Backends,
    /** Closes the connections. Embedded backends have none: they store each change before they acknowledge it. */
    async close(): Promise<void> {
      await Promise.all([database.close?.(), redis?.close()]);
    },
  };
}

/**
 * The database at `MONGODB_URI` or, without one, the embedded database in the data folder, for this process only.
 *
 * @throws {ConfigurationError} if the database is unreachable, or another process has the data folder
 */
export async function chooseDatabase(environment: NodeJS.ProcessEnv): Promise<ConnectedBackend<Db>> {
  const uri = environment.MONGODB_URI;
  if (uri) return connectDatabase(uri);
  const folder = await dataFolder(environment);
  await lockDataFolder(folder);
  return embeddedDatabase(folder);
}

async function lockDataFolder(folder: string): Promise<void> {
  const { lockFolder } = await import("./folder-lock.ts");
  await usingDataFolder(folder, lockFolder(folder));
}

async function embeddedDatabase(folder: string): Promise<ConnectedBackend<Db>> {
  const { openEmbeddedDatabase } = await import("./embedded-database.ts");
  const path = join(folder, "database");
  return {
    backend: await usingDataFolder(folder, openEmbeddedDatabase(path)),
    description: `embedded backend in ${path}; set MONGODB_URI to use a real service`,
  };
}

async function connectDatabase(uri: string, options?: Pick<MongoOptions, "metrics">): Promise<ConnectedBackend<Db>> {
  const [{ MongoClient }, { connectMongo }] = await Promise.all([import("mongodb"), import("../platform/mongo.ts")]);
  const backend = await probe(
    {
      variable: "MONGODB_URI",
      name: "MongoDB",
      address: uri,
      example: "mongodb://localhost:27017",
      check: (address) => new MongoClient(address),
    },
    () => connectMongo(uri, options),
  );
  return {
    backend,
    description: `MongoDB at ${redactText(uri)}, database ${backend.databaseName}`,
    close: () => backend.client.close(),
  };
}

async function chooseSessions(
  url = "",
  folder: string,
  redis?: RedisConnection,
): Promise<ConnectedBackend<SessionStore>> {
  if (!redis) {
    const { FileSessionStore } = await import("./file-session-store.ts");
    const path = join(folder, "sessions.json");
    return {
      backend: await usingDataFolder(folder, FileSessionStore.open(path)),
      description: `embedded backend in ${path}; set REDIS_URL to use a real service`,
    };
  }
  const { RedisSessionStore } = await import("../auth/redis-session-store.ts");
  const backend = new RedisSessionStore(redis);
  await probe(
    {
      variable: "REDIS_URL",
      name: "Redis",
      address: url,
      example: "redis://localhost:6379",
      check: (address) => validateUrl(address, ["redis:", "rediss:"]),
    },
    () => backend.ping(),
  );
  return { backend, description: `Redis at ${redactText(url)}` };
}

async function chooseLinks(redis?: RedisConnection): Promise<LinkStore> {
  if (redis) return new (await import("../auth/redis-link-store.ts")).RedisLinkStore(redis);
  return new (await import("./memory-link-store.ts")).MemoryLinkStore();
}

async function chooseUserCache(redis?: RedisConnection): Promise<UserCache> {
  if (redis) return new (await import("../platform/redis-user-cache.ts")).RedisUserCache(redis);
  return new (await import("./memory-user-cache.ts")).MemoryUserCache();
}

async function chooseSigningKey(endpoint: string | undefined, folder: string): Promise<ConnectedBackend<SigningKey>> {
  if (!endpoint) {
    const { fileSigningKey } = await import("./file-signing-key.ts");
    const path = join(folder, "signing-key.pem");
    return {
      backend: await usingDataFolder(folder, fileSigningKey(path)),
      description: `embedded backend, RSA key in ${path}; set AWS_ENDPOINT_URL to use a real service`,
    };
  }
  const { developmentKmsKey } = await import("./development-kms-key.ts");
  const backend = await probe(
    {
      variable: "AWS_ENDPOINT_URL",
      name: "AWS KMS",
      address: endpoint,
      example: "http://localhost:4566",
      check: (address) => validateUrl(address, ["http:", "https:"]),
    },
    () => developmentKmsKey(endpoint),
  );
  return { backend, description: `AWS KMS at ${redactText(endpoint)}` };
}
