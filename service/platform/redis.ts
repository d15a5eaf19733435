import { createClient } from "redis";
import { withDeadline } from "./deadline.ts";
import type { Logger } from "./logging.ts";

/** Longest wait for one command: Redis answers within a millisecond or something is wrong. */
const commandTimeoutMilliseconds = 2_000;
const connectTimeoutMilliseconds = 3_000;

/** Credentials for a cache that asks for them anew on each connection. */
export type RedisCredentials = () => Promise<{ username: string; password: string }>;

/**
 * Connects to Redis. When the connection is lost, commands fail at once instead of queueing, and the client
 * reconnects by itself.
 *
 * @param url `redis://` or, with TLS, `rediss://`
 * @throws when Redis does not answer within 3 s
 */
export async function connectRedis(url: string, log: Logger, credentials?: RedisCredentials) {
  const client = createClient({
    url,
    ...(credentials && {
      credentialsProvider: { type: "async-credentials-provider" as const, credentials },
    }),
    disableOfflineQueue: true,
    commandOptions: { timeout: commandTimeoutMilliseconds },
    socket: {
      connectTimeout: connectTimeoutMilliseconds,
      // Full jitter, so that the functions do not all come back at the same moment.
      reconnectStrategy: (retries) => Math.random() * Math.min(50 * 2 ** retries, 2_000),
    },
  });
  // Without a listener an `error` event would end the process. Commands in flight fail on their own.
  client.on("error", (error) => log.write("warn", "redis connection failed", { cause: error }));
  try {
    await withDeadline("Redis", connectTimeoutMilliseconds, client.connect());
  } catch (error) {
    client.destroy();
    throw error;
  }
  return client;
}

export type RedisClient = Awaited<ReturnType<typeof connectRedis>>;
