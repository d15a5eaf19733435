import { randomUUID } from "node:crypto";
import { createClient } from "redis";
import { ConfigurationError } from "../../../service/config.ts";

const lockKey = "ecobeat-drill";

/** As Redis has them by default. The first is what everybody else uses. */
const databases = Array.from({ length: 15 }, (_, index) => index + 1);

/** A numbered database of Redis that a drill has for itself. */
export class OwnRedis {
  readonly url: string;
  readonly #client: ReturnType<typeof createClient>;
  readonly #lock = randomUUID();

  private constructor(url: string) {
    this.url = url;
    this.#client = createClient({ url });
    this.#client.on("error", () => {});
  }

  /** @throws {ConfigurationError} if all databases of the server hold something */
  static async take(server: string): Promise<OwnRedis> {
    for (const number of databases) {
      const url = new URL(server);
      url.pathname = `/${number}`;
      const redis = new OwnRedis(url.href);
      await redis.#client.connect();
      if ((await redis.#client.dbSize()) === 0 && (await redis.#keep({ NX: true }))) return redis;
      redis.#client.destroy();
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
    if ((await this.#client.get(lockKey)) === this.#lock) await this.#client.flushDb();
    this.#client.destroy();
  }

  #keep(condition: { NX: true }): Promise<string | null> {
    return this.#client.set(lockKey, this.#lock, condition) as Promise<string | null>;
  }
}
