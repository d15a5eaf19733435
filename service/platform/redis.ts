import { createClient, ErrorReply, MultiErrorReply } from "redis";
import { dependencyNames } from "../contract.ts";
import { UnavailableError, withDeadline } from "./deadline.ts";
import { tlsFloor } from "./tls.ts";
import { type Tracing, untraced } from "./tracing.ts";

/** Redis answers within a millisecond, or something is wrong. */
const commandTimeoutMilliseconds = 2_000;
const connectTimeoutMilliseconds = 3_000;

/** Credentials for a cache that asks for them anew on each connection. */
export type RedisCredentials = () => Promise<{ username: string; password: string }>;

/** How a {@link RedisConnection} is made and watched. */
export interface RedisOptions {
  /** @default those in the URL */
  credentials?: RedisCredentials;
  /** @default commands are not traced */
  tracing?: Tracing;
}

type Client = Awaited<ReturnType<typeof open>>;

/**
 * One connection to Redis, made at the first command and shared. When a command is not answered, or not by the
 * primary, the connection is dropped and the next command makes a new one: the driver would wait on a dead network until TCP gives up, and
 * reconnecting in the background is of no use to a function that is frozen between requests.
 */
export class RedisConnection {
  readonly #open: () => Promise<Client>;
  readonly #tracing: Tracing;
  #client: Promise<Client> | undefined;

  /** @param url `redis://` or, with TLS, `rediss://` */
  constructor(url: string, { credentials, tracing = untraced }: RedisOptions = {}) {
    this.#open = () => open(url, credentials);
    this.#tracing = tracing;
  }

  /**
   * Runs a command.
   * @throws {UnavailableError} when it is not carried out within 2 s, or 5 s if it has to connect
   */
  async run<T>(command: (client: Client) => Promise<T>): Promise<T> {
    const end = this.#tracing.begin({ to: "Redis" });
    const shared = this.#shared();
    try {
      const client = await shared;
      const answer = await withDeadline("Redis", commandTimeoutMilliseconds, command(client));
      end();
      return answer;
    } catch (cause) {
      end(cause);
      if (!isReply(cause)) await this.#drop(shared);
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new UnavailableError(message, {
        cause,
        dependency: dependencyNames.redis,
        code: getReplyCode(cause),
      });
    }
  }

  /** Closes the connection; commands under way fail. */
  async close(): Promise<void> {
    if (this.#client) await this.#drop(this.#client);
  }

  #shared(): Promise<Client> {
    if (this.#client) return this.#client;
    const opening = this.#open();
    this.#client = opening;
    // Redis closes idle connections, ElastiCache those of IAM users after 12 hours: then the next command must not
    // be the one to find out.
    opening.then(
      (client) => client.once("error", () => this.#drop(opening)),
      // A refusal such as WRONGPASS is an answer, but of a connection that was never made.
      () => this.#drop(opening),
    );
    return opening;
  }

  async #drop(shared: Promise<Client>): Promise<void> {
    // Of several commands that failed together, only the first must not take the next connection with it.
    if (this.#client === shared) this.#client = undefined;
    const client = await shared.catch(() => undefined);
    if (client?.isOpen) client.destroy();
  }
}

/**
 * The word with which Redis says what kind of error it is, such as `OOM`; the driver gives its errors no name of their own:
 * https://redis.io/docs/latest/develop/reference/errors/
 */
const getReplyCode = (error: unknown): string | undefined =>
  error instanceof ErrorReply ? /^[A-Z]+\b/.exec(error.message)?.[0] : undefined;

/** Replies by which a server says that it is not the one to ask, as after a failover. */
const wrongServer = /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOAUTH|UNBLOCKED)\b/;

/** True if the error is the right server's answer to the command: then the connection is sound. */
function isReply(error: unknown): boolean {
  if (error instanceof MultiErrorReply) return [...error.errors()].every(isReply);
  return error instanceof ErrorReply && !wrongServer.test(error.message);
}

async function open(url: string, credentials?: RedisCredentials) {
  const client = createClient({
    url,
    ...(credentials && {
      credentialsProvider: { type: "async-credentials-provider" as const, credentials },
    }),
    disableOfflineQueue: true,
    socket: { connectTimeout: connectTimeoutMilliseconds, reconnectStrategy: false, ...tlsFloor },
  });
  // Without a listener an `error` event would end the process. The commands under way fail and are logged.
  client.on("error", () => {});
  try {
    return await withDeadline("Redis", connectTimeoutMilliseconds, client.connect());
  } catch (error) {
    if (client.isOpen) client.destroy();
    throw error;
  }
}
