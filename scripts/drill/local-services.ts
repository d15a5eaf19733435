import { randomBytes, randomUUID } from "node:crypto";
import { createClient } from "redis";
import { ConfigurationError } from "../../service/config.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** The variables that name what a drill destroys and builds anew. */
const needed = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"] as const;

/** What tells where Atlas is, and as whom to work there. */
const atlasVariables = [
  "MONGODB_ATLAS_BASE_URL",
  "MONGODB_ATLAS_CLIENT_ID",
  "MONGODB_ATLAS_CLIENT_SECRET",
] as const;

/** Where a drill takes place. */
export interface LocalServices extends Record<(typeof needed)[number], string> {
  /**
   * The variables of a stand-in for Atlas on this machine, whose cluster is the drill's database.
   * @default there is none, and backups are in the backup location alone
   */
  readonly atlas?: Readonly<Record<string, string>>;
}

/**
 * The database server, Redis and the AWS emulator of a drill.
 * @throws {ConfigurationError} if one is not named, or is not on this machine: a drill destroys
 */
export function getLocalServices(environment: NodeJS.ProcessEnv): LocalServices {
  const services = {} as Record<(typeof needed)[number], string>;
  for (const name of needed) {
    const value = environment[name];
    if (!value) {
      throw new ConfigurationError(
        `${name} is not set. A drill needs a database server, Redis and an AWS emulator on this machine. ` +
          `Set ${needed.join(", ")}.`,
      );
    }
    if (!isLoopback(value)) {
      throw new ConfigurationError(
        `Refused to drill: ${name} does not name this machine. A drill destroys what it finds its disaster in. ` +
          `Point ${name} at a service on 127.0.0.1.`,
      );
    }
    services[name] = value;
  }
  return isLoopback(environment.MONGODB_ATLAS_BASE_URL ?? "")
    ? {
        ...services,
        atlas: Object.fromEntries(atlasVariables.map((name) => [name, environment[name] ?? ""])),
      }
    : services;
}

/** Every server of an address counts: a connection string may name several. */
function isLoopback(address: string): boolean {
  const hosts = /^(?:mongodb|rediss?|https?):\/\/(?:[^@/]*@)?([^/?]+)/.exec(address)?.[1]?.split(",") ?? [];
  return hosts.length > 0 && hosts.every((host) => /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host));
}

/** A database of a new name on the server of a connection string. */
export function createDatabaseUri(server: string): string {
  const [, head, query = ""] = /^([^/]+\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(server)!;
  return `${head}/ecobeat-drill-${randomBytes(4).toString("hex")}${query}`;
}

const lockKey = "ecobeat-drill";

/** As Redis has them by default. The first is what everybody else uses. */
const databases = Array.from({ length: 15 }, (_, index) => index + 1);

const clientOf = (url: string, database: number) => createClient({ url, database });

type Client = ReturnType<typeof clientOf>;

/** A numbered database of Redis that a drill has for itself. */
export class RedisDatabase {
  /** Where the service finds it: behind a proxy, so that it can be out of reach. */
  readonly url: string;
  readonly proxy: TcpProxy;
  readonly #client: Client;
  readonly #lock: string;

  private constructor(client: Client, lock: string, number: number, proxy: TcpProxy) {
    this.#client = client;
    this.#lock = lock;
    this.proxy = proxy;
    this.url = `redis://127.0.0.1:${proxy.port}/${number}`;
  }

  /** @throws {ConfigurationError} if all databases of the server hold something */
  static async acquire(server: string): Promise<RedisDatabase> {
    const { hostname, port } = new URL(server);
    const lock = randomUUID();
    for (const number of databases) {
      const client = clientOf(server, number);
      client.on("error", () => {});
      await client.connect();
      if ((await client.dbSize()) === 0 && (await client.set(lockKey, lock, { NX: true })) !== null) {
        return new RedisDatabase(client, lock, number, await startTcpProxy(hostname, Number(port || 6379)));
      }
      client.destroy();
    }
    throw new ConfigurationError(
      "The drill found no empty database on the Redis that REDIS_URL names: 1 to 15 all hold keys. " +
        "Empty one of them, or name another server.",
    );
  }

  /** Loses all that it holds, as a node that was replaced. */
  async flush(): Promise<void> {
    await this.#client.multi().flushDb().set(lockKey, this.#lock).exec();
  }

  async release(): Promise<void> {
    this.proxy.close();
    if ((await this.#client.get(lockKey)) === this.#lock) await this.#client.flushDb();
    this.#client.destroy();
  }
}
