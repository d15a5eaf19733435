import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Db } from "mongodb";
import type { SessionStore } from "../auth/session-store.ts";
import type { SigningKey } from "../auth/signing-keys.ts";
import { ConfigurationError } from "../config.ts";
import type { Backends } from "../parts.ts";
import { withDeadline } from "../platform/deadline.ts";
import { redactText } from "../platform/logging.ts";
import { secretFile } from "./secret-file.ts";

/** Longest wait for a part at the start: a developer should read of a dead one within five seconds. */
const startTimeoutMilliseconds = 4_000;

/** Where the embedded parts keep their files: `ECOBEAT_DATA_DIR`, or `.data` in the current folder. */
export const dataFolder = (environment: NodeJS.ProcessEnv): string => environment.ECOBEAT_DATA_DIR ?? ".data";

/** A part as chosen for this process, connected. */
interface Chosen<T> {
  part: T;
  /** What a person reads of it at the start. */
  description: string;
}

/** Backends for development, all of them connected, with what to tell about each. */
export interface LocalBackends {
  database: Chosen<Db>;
  sessions: Chosen<SessionStore>;
  signingKey: Chosen<SigningKey>;
  backends: Backends;
}

/**
 * Connects what the environment names, and puts an embedded part in place of what it does not.
 *
 * @throws {ConfigurationError} if a part that is named does not answer: there is no silent fallback
 */
export async function localBackends(environment: NodeJS.ProcessEnv): Promise<LocalBackends> {
  const folder = dataFolder(environment);
  const [database, sessions, signingKey, pepper] = await Promise.all([
    chooseDatabase(environment.MONGODB_URI, folder),
    chooseSessions(environment.REDIS_URL),
    chooseSigningKey(environment.AWS_ENDPOINT_URL, join(folder, "signing-key.pem")),
    secretFile(join(folder, "refresh-token-pepper"), () => randomBytes(32).toString("base64")),
  ]);
  return {
    database,
    sessions,
    signingKey,
    backends: {
      database: async () => database.part,
      sessions: async () => sessions.part,
      signingKey: async () => signingKey.part,
      refreshTokenPepper: async () => Buffer.from(pepper, "base64"),
    },
  };
}

/** The database at `uri` or, without one, the embedded database in `folder`. */
export async function chooseDatabase(uri: string | undefined, folder: string): Promise<Chosen<Db>> {
  if (!uri) {
    const { openEmbeddedDatabase } = await import("./embedded-database.ts");
    const path = join(folder, "database");
    return {
      part: await openEmbeddedDatabase(path),
      description: `embedded, in ${path} (MONGODB_URI is not set)`,
    };
  }
  const { connectMongo } = await import("../platform/mongo.ts");
  const part = await answering("MONGODB_URI", "MongoDB", uri, () => connectMongo(uri));
  return { part, description: `MongoDB at ${redactText(uri)}, database ${part.databaseName}` };
}

async function chooseSessions(url: string | undefined): Promise<Chosen<SessionStore>> {
  if (!url) {
    const { MemorySessionStore } = await import("./memory-session-store.ts");
    return {
      part: new MemorySessionStore(),
      description: "in this process, gone when it ends (REDIS_URL is not set)",
    };
  }
  const [{ RedisConnection }, { RedisSessionStore }] = await Promise.all([
    import("../platform/redis.ts"),
    import("../auth/redis-session-store.ts"),
  ]);
  const part = new RedisSessionStore(new RedisConnection(url));
  await answering("REDIS_URL", "Redis", url, () => part.ping());
  return { part, description: `Redis at ${redactText(url)}` };
}

async function chooseSigningKey(endpoint: string | undefined, path: string): Promise<Chosen<SigningKey>> {
  if (!endpoint) {
    const { fileSigningKey } = await import("./file-signing-key.ts");
    return {
      part: await fileSigningKey(path),
      description: `local RSA key, in ${path} (AWS_ENDPOINT_URL is not set)`,
    };
  }
  const { developmentKmsKey } = await import("./development-kms-key.ts");
  const part = await answering("AWS_ENDPOINT_URL", "AWS KMS", endpoint, () => developmentKmsKey(endpoint));
  return { part, description: `AWS KMS at ${redactText(endpoint)}` };
}

async function answering<T>(
  variable: string,
  name: string,
  address: string,
  connect: () => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(name, startTimeoutMilliseconds, connect());
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const reason = error instanceof Error ? redactText(error.message) : String(error);
    throw new ConfigurationError(
      `${name} does not answer at ${redactText(address)}, which ${variable} names: ${reason}. ` +
        `Start it or correct ${variable}; without ${variable} the service runs on an embedded part.`,
      { cause: error },
    );
  }
}
