import { randomUUID } from "node:crypto";
import { createClient } from "redis";
import { ConfigurationError } from "../../service/config.ts";
import { type TcpProxy, tcpProxy } from "./tcp-proxy.ts";

const lockKey = "ecobeat-drill";

/** As Redis has them by default. The first is what everybody else uses. */
const databases = Array.from({ length: 15 }, (_, index) => index + 1);

const clientOf = (url: string, database: number) => createClient({ url, database });

type Client = ReturnType<typeof clientOf>;

/** A numbered database of Redis that a drill has for itself. */
export class OwnRedis {
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
  static async take(server: string): Promise<OwnRedis> {
    const { hostname, port } = new URL(server);
    const lock = randomUUID();
    for (const number of databases) {
      const client = clientOf(server, number);
      client.on("error", () => {});
      await client.connect();
      if ((await client.dbSize()) === 0 && (await client.set(lockKey, lock, { NX: true })) !== null) {
        return new OwnRedis(client, lock, number, await tcpProxy(hostname, Number(port || 6379)));
      }
      client.destroy();
    }
    throw new ConfigurationError(
      "The drill found no empty database on the Redis that REDIS_URL names: 1 to 15 all hold keys. " +
        "Empty one of them, or name another server.",
    );
  }

  /** Loses all that it holds, as a node that was replaced. */
  async lose(): Promise<void> {
    await this.#client.multi().flushDb().set(lockKey, this.#lock).exec();
  }

  async release(): Promise<void> {
    this.proxy.close();
    if ((await this.#client.get(lockKey)) === this.#lock) await this.#client.flushDb();
    this.#client.destroy();
  }
}
