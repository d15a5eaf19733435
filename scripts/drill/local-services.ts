import { randomBytes, randomUUID } from "node:crypto";
import { createClient } from "@redis/client";
import { namePrefix } from "../../service/company.ts";
import { toNamePrefix } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const requiredVariables = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"] as const;

const atlasVariables = ["MONGODB_ATLAS_BASE_URL", "MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET"] as const;

/** The database server, Redis and the AWS emulator of a drill. */
export interface LocalServices extends Record<(typeof requiredVariables)[number], string> {
  /**
   * The variables of a fake Atlas API on this machine, whose cluster is the drill's database.
   * @default none: backups are in the backup location only
   */
  readonly atlas?: Readonly<Record<string, string>>;
}

/** @throws {OperatorError} if a service is not configured, or is not on this machine: a drill destroys */
export function getLocalServices(environment: NodeJS.ProcessEnv): LocalServices {
  const [MONGODB_URI, REDIS_URL, AWS_ENDPOINT_URL] = requiredVariables.map((name) =>
    getLocalService(environment, name),
  ) as [string, string, string];
  const services = { MONGODB_URI, REDIS_URL, AWS_ENDPOINT_URL };
  if (!isLoopback(environment.MONGODB_ATLAS_BASE_URL ?? "")) return services;
  const atlas = Object.fromEntries(atlasVariables.map((name) => [name, environment[name] ?? ""]));
  return { ...services, atlas };
}

function getLocalService(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (!value) {
    throw new OperatorError("drill-service-missing", {
      what: `${name} is not set.`,
      why: "A drill needs a database server, Redis and an AWS emulator on this machine.",
      action: `Set ${requiredVariables.join(", ")}.`,
    });
  }
  if (isLoopback(value)) return value;
  throw new OperatorError("drill-service-not-local", {
    what: `${name} names a service that is not on this machine.`,
    why: "A drill causes a disaster in the services that it uses.",
    action: `Point ${name} to a service on 127.0.0.1.`,
  });
}

/** Checks every server: a connection string may name several. */
function isLoopback(address: string): boolean {
  const hosts = /^(?:mongodb|rediss?|https?):\/\/(?:[^@/]*@)?([^/?]+)/.exec(address)?.[1]?.split(",") ?? [];
  return hosts.length > 0 && hosts.every((host) => /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host));
}

/** The address of a new database on the server of a connection string. */
export function createDatabaseUri(server: string, purpose = "drill"): string {
  const [, head, query = ""] = /^([^/]+\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(server)!;
  return `${head}/${toNamePrefix(purpose)}-${randomBytes(4).toString("hex")}${query}`;
}

const lockKey = `${namePrefix}-drill`;

/** Redis has 16 by default. Everything else uses database 0. */
const lastDatabase = 15;

/** A numbered database of Redis that one drill uses alone. */
export interface RedisDatabase {
  /** The service's address of the database: behind a proxy, which can make it unreachable. */
  readonly url: string;
  readonly proxy: TcpProxy;
  /** Deletes all keys, as if the node were replaced. */
  flush(): Promise<void>;
  release(): Promise<void>;
}

/** @throws {OperatorError} if no database of the server is empty */
export async function acquireRedisDatabase(server: string): Promise<RedisDatabase> {
  const { hostname, port } = new URL(server);
  const lock = randomUUID();
  for (let number = 1; number <= lastDatabase; number++) {
    const client = createClient({ url: server, database: number });
    client.on("error", () => {});
    await client.connect();
    if ((await client.dbSize()) > 0 || (await client.set(lockKey, lock, { NX: true })) === null) {
      client.destroy();
      continue;
    }
    const proxy = await startTcpProxy(hostname, Number(port || 6379));
    return {
      url: `redis://127.0.0.1:${proxy.port}/${number}`,
      proxy,
      async flush() {
        await client.multi().flushDb().set(lockKey, lock).exec();
      },
      async release() {
        proxy.close();
        if ((await client.get(lockKey)) === lock) await client.flushDb();
        client.destroy();
      },
    };
  }
  throw new OperatorError("drill-redis-not-empty", {
    what: "The Redis server of REDIS_URL has no empty database.",
    why: `A drill needs one of the databases 1 to ${lastDatabase} for itself, and all contain keys.`,
    action: "Empty one of them, or set REDIS_URL to another server.",
  });
}
