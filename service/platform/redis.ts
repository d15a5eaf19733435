import { createClient, ErrorReply, MultiErrorReply } from "@redis/client";
import { cacheKeyPrefix, dependencyNames } from "../contract.ts";
import { type Clock, systemClock } from "./clock.ts";
import {
  currentDeadline,
  DeadlineError,
  outsideRequest,
  UnavailableError,
  untilDeadline,
  withTimeout,
} from "./deadline.ts";
import type { RedisCommand } from "./redis-commands.ts";
import { defaultTimeouts, type Timeouts } from "./timeouts.ts";
import { tlsFloor } from "./tls.ts";
import { type Tracing, untraced } from "./tracing.ts";

/** Credentials for a cache that requires them on each connection. */
export type RedisCredentials = () => Promise<{ username: string; password: string }>;

/**
 * Connects to Redis.
 * @param url `redis://` or, with TLS, `rediss://`
 * @param credentials @default those in the URL
 */
type Connect = (url: string, credentials?: RedisCredentials) => Promise<Client>;

/** Looks up where Redis is, and connects. Called for each new connection. */
export type OpenRedis = (connect: Connect) => Promise<Client>;

/** Options of a {@link RedisConnection}. */
export interface RedisOptions {
  /** @default commands are not traced */
  tracing?: Tracing;
  /** @default those of the service in production */
  timeouts?: Timeouts;
  /** @default the system clock */
  clock?: Clock;
  /** Begins every key. @default the service's own prefix */
  keyPrefix?: string | undefined;
}

/** Commands that Redis executes together. */
interface Commands {
  del(key: string): Commands;
  zRem(key: string, member: string): Commands;
  exec(): Promise<unknown[]>;
}

/** A client with those commands that the archives contain. */
export interface Client extends Pick<Awaited<ReturnType<typeof open>>, RedisCommand | "destroy" | "isOpen" | "once"> {
  multi(): Commands;
}

/**
 * One connection to Redis, opened when this is built, so that the first command need not wait for it, and shared. When a command gets
 * no reply, or not from the primary, the connection is dropped and the next command opens a new one. The driver alone would wait on a
 * dead network until TCP times out, and a function that is frozen between requests cannot reconnect in the background.
 */
export class RedisConnection {
  /** Begins every key of those who use the connection. */
  readonly keyPrefix: string;
  readonly #open: () => Promise<Client>;
  readonly #tracing: Tracing;
  readonly #timeouts: Timeouts;
  readonly #clock: Clock;
  /** When a command last began or ended. */
  #usedAt = 0;
  #client: Promise<Client> | undefined;

  /** @param address `redis://` or, with TLS, `rediss://`, or a function that opens each connection */
  constructor(
    address: string | OpenRedis,
    {
      tracing = untraced,
      timeouts = defaultTimeouts,
      clock = systemClock,
      keyPrefix = cacheKeyPrefix,
    }: RedisOptions = {},
  ) {
    this.keyPrefix = keyPrefix;
    const connect: Connect = (url, credentials) => open(url, timeouts.redisConnect, credentials);
    this.#open = async () => (typeof address === "string" ? connect(address) : address(connect));
    this.#tracing = tracing;
    this.#timeouts = timeouts;
    this.#clock = clock;
    // If this fails, the first command tries again.
    void this.#shared();
  }

  /**
   * Runs a command.
   * @throws {UnavailableError} if it is not executed within 2 s, or 5 s if it has to connect
   */
  run<T>(command: (client: Client) => Promise<T>): Promise<T> {
    return untilDeadline("Redis", () => this.#run(command), dependencyNames.redis);
  }

  /** Continues after the deadline of the request: only this shows whether the connection, which others share, is healthy. */
  async #run<T>(command: (client: Client) => Promise<T>): Promise<T> {
    const end = this.#tracing.begin({ to: "Redis" });
    const shared = this.#shared();
    try {
      const client = await shared;
      // Nothing reads the reply. A command that Redis executes later would surprise the client.
      currentDeadline()?.check();
      const reply = await withTimeout("Redis", this.#timeouts.redisCommand, command(client));
      this.#usedAt = this.#clock();
      end();
      return reply;
    } catch (cause) {
      end(cause);
      if (cause instanceof DeadlineError) throw cause;
      if (!isReply(cause)) await this.#drop(shared);
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new UnavailableError(message, { cause, dependency: dependencyNames.redis, code: getReplyCode(cause) });
    }
  }

  /** Closes the connection. Commands in progress fail. */
  async close(): Promise<void> {
    if (this.#client) await this.#drop(this.#client);
  }

  #shared(): Promise<Client> {
    const idleMilliseconds = this.#clock() - this.#usedAt;
    this.#usedAt = this.#clock();
    // The network may have dropped it while the function was frozen. Redis then hears nothing of a command.
    if (this.#client && idleMilliseconds > this.#timeouts.idleConnection) void this.#drop(this.#client);
    if (this.#client) return this.#client;
    const opening = outsideRequest(this.#open);
    this.#client = opening;
    // Redis closes idle connections, and ElastiCache those of IAM users after 12 hours: the next command must not fail because
    // of that.
    opening.then(
      (client) => client.once("error", () => this.#drop(opening)),
      // An error such as WRONGPASS is a reply, but of a connection that never opened.
      () => this.#drop(opening),
    );
    return opening;
  }

  async #drop(shared: Promise<Client>): Promise<void> {
    // When several commands fail together, only the first may drop the connection, not its successor.
    if (this.#client === shared) this.#client = undefined;
    const client = await shared.catch(() => undefined);
    if (client?.isOpen) client.destroy();
  }
}

/**
 * The error prefix of Redis, such as `OOM`. The driver does not put it on its errors:
 * https://redis.io/docs/latest/develop/reference/errors/
 */
const getReplyCode = (error: unknown): string | undefined =>
  error instanceof ErrorReply ? /^[A-Z]+\b/.exec(error.message)?.[0] : undefined;

/** Whether an error is a reply of Redis, such as `WRONGPASS` to a new connection. */
export const isErrorReply = (error: unknown): boolean => error instanceof ErrorReply;

/** The error for a reply that no script of the service has. It says nothing of a key: a store must not treat it as one that is missing. */
export const createUnknownReplyError = () =>
  new UnavailableError("Redis's reply is none of those that the script has", { dependency: dependencyNames.redis });

/** Error prefixes of a server that is not the primary or not ready, as after a failover. */
const wrongServer = /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOAUTH|UNBLOCKED)\b/;

/** Whether an error is the reply of the right server to the command: then the connection is healthy. */
function isReply(error: unknown): boolean {
  if (error instanceof MultiErrorReply) return [...error.errors()].every(isReply);
  return error instanceof ErrorReply && !wrongServer.test(error.message);
}

async function open(url: string, connectTimeout: number, credentials?: RedisCredentials) {
  const client = createClient({
    url,
    ...(credentials && { credentialsProvider: { type: "async-credentials-provider" as const, credentials } }),
    disableOfflineQueue: true,
    // Commands have a shorter limit of their own. The driver's is a signal for each, whose timer keeps the request in memory for 5 s.
    commandOptions: { timeout: 0 },
    socket: { connectTimeout, reconnectStrategy: false, ...tlsFloor },
  });
  // Without a listener, an `error` event ends the process. The commands in progress fail and are logged.
  client.on("error", () => {});
  try {
    return await withTimeout("Redis", connectTimeout, client.connect());
  } catch (error) {
    if (client.isOpen) client.destroy();
    throw error;
  }
}
