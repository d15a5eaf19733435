import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type Db, MongoClient } from "mongodb";
import { forwardTo } from "../../../scripts/drill/gateway.ts";
import { createApp } from "../../../service/app.ts";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { cloudBackends } from "../../../service/cloud/backends.ts";
import { parameterPath, parameters } from "../../../service/contract.ts";
import type { Backends } from "../../../service/dependencies.ts";
import { MemoryLinkStore } from "../../../service/local/memory-link-store.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { MemoryUserCache } from "../../../service/local/memory-user-cache.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { Metrics } from "../../../service/platform/metrics.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { RedisUserCache } from "../../../service/platform/redis-user-cache.ts";
import type { Timeouts } from "../../../service/platform/timeouts.ts";
import { untraced } from "../../../service/platform/tracing.ts";
import { embeddedDatabase } from "../../support/databases.ts";
import { exportPublicKey } from "../../support/kms-server.ts";
import { listenHttp } from "../../support/listen.ts";
import { serveDatabase } from "../../support/served-database.ts";
import { startService, type TestService, testConfig, testSigningKey } from "../../support/service.ts";
import { awsAt, setVariables } from "../../support/variables.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { startAwsService } from "./aws.ts";
import { FaultSwitch } from "./fault-switch.ts";
import { domain, startNameServer } from "./name-server.ts";
import { type Dependency, dependencies } from "./names.ts";
import { createMongoProtocol, redisProtocol } from "./protocols.ts";
import { type FaultyServer, startProxy } from "./proxy.ts";

/** The real services, where there are some. */
export interface RealServices {
  /** Of the run's own database. @default the embedded database behind MongoDB's protocol */
  databaseUri?: string | undefined;
  /** Of the run's own numbered database. @default sessions and the cache are in this process, without connections */
  redisUrl?: string | undefined;
}

/** After how long API Gateway gives up. */
const integrationTimeoutMs = 29_000;

const environment = "staging";
const keyArn = "arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000";

/** A process of the cloud service behind API Gateway. */
export interface CloudProcess {
  url: string;
  /** By which the patience of API Gateway is divided. */
  scale: number;
  lines: Record<string, unknown>[];
  advance(seconds: number): void;
  stop(): Promise<void>;
}

/** All that the cloud service depends on, each behind a switch, and another service on the same data, which none of them affects. */
export class Rig {
  readonly switches: Record<Dependency, FaultSwitch>;
  readonly steady: TestService;
  readonly key: Awaited<ReturnType<typeof testSigningKey>>;
  /** Not through the proxy. */
  readonly database: Db;
  readonly #inProcess: Partial<Backends>;
  readonly #redis: FaultyServer | undefined;
  readonly #close: (() => unknown)[];

  private constructor(
    fields: Pick<Rig, "switches" | "steady" | "key" | "database">,
    redis: FaultyServer | undefined,
    inProcess: Partial<Backends>,
    close: (() => unknown)[],
  ) {
    ({ switches: this.switches, steady: this.steady, key: this.key, database: this.database } = fields);
    [this.#redis, this.#inProcess, this.#close] = [redis, inProcess, close];
  }

  static async start({ databaseUri, redisUrl }: RealServices): Promise<Rig> {
    const close: (() => unknown)[] = [];
    const switches = Object.fromEntries(dependencies.map((each) => [each, new FaultSwitch(each)])) as Rig["switches"];
    const key = await testSigningKey();
    const pepper = randomBytes(32);
    const names = await startNameServer(switches.DNS);
    close.push(() => names.stop());

    const { database, port, remove } = await openDatabase(databaseUri);
    close.push(remove);
    const mongo = await startProxy(port, createMongoProtocol(), switches.MongoDB);
    close.push(() => mongo.close());
    names.databasePort = mongo.port;

    const url = redisUrl === undefined ? undefined : new URL(redisUrl);
    const redis =
      url && (await startProxy({ host: url.hostname, port: Number(url.port) }, redisProtocol, switches.Redis));
    const direct = url && new RedisConnection(url.href);
    close.push(
      () => direct?.close(),
      () => redis?.close(),
    );
    const sessions = direct ? new RedisSessionStore(direct) : new MemorySessionStore();
    const userCache = direct ? new RedisUserCache(direct) : new MemoryUserCache(Date.now);

    const values: Record<string, string> = {
      [parameters.mongodbUri]: `mongodb+srv://cluster0.${domain}/${database.databaseName}?tls=false`,
      [parameters.redisUrl]: redis ? `redis://cache.${domain}:${redis.port}${url.pathname}` : "redis://unused",
      [parameters.jwtSigningKeys]: JSON.stringify({ current: keyArn }),
      [parameters.refreshTokenPepper]: pepper.toString("base64"),
    };
    const ssm = await startAwsService(
      {
        respond: () => ({
          Parameters: Object.entries(values).map(([name, Value]) => ({
            Name: parameterPath(environment, name),
            Value,
          })),
        }),
        error: { status: 500, __type: "InternalServerError" },
      },
      switches.SSM,
    );
    const kms = await startAwsService(
      {
        async respond(action, { Message }) {
          if (action !== "Sign") return { PublicKey: exportPublicKey(key) };
          return { Signature: (await key.sign(Buffer.from(String(Message), "base64"))).toString("base64") };
        },
        error: { status: 500, __type: "KMSInternalException" },
      },
      switches.KMS,
    );
    const restore = setVariables({
      ...awsAt(""),
      AWS_ENDPOINT_URL_SSM: `http://ssm.${domain}:${ssm.port}`,
      AWS_ENDPOINT_URL_KMS: `http://kms.${domain}:${kms.port}`,
    });
    close.push(
      restore,
      () => ssm.close(),
      () => kms.close(),
    );

    const steady = await startService({
      database: async () => database,
      sessions: async () => sessions,
      userCache: async () => userCache,
      signingKeys: async () => ({ current: key }),
      refreshTokenPeppers: async () => ({ current: pepper }),
    });
    close.push(() => steady.stop());
    const inProcess: Partial<Backends> = redis
      ? {}
      : {
          sessions: async () => sessions,
          links: async () => new MemoryLinkStore(),
          userCache: async () => userCache,
          rateLimits: async () => undefined,
        };
    return new Rig({ switches, steady, key, database }, redis, inProcess, close);
  }

  /**
   * Starts a process of the cloud service. It has connected to nothing.
   * @param scale by which the patience of API Gateway is divided
   */
  async startProcess(timeouts: Timeouts, scale = 1): Promise<CloudProcess> {
    const lines: Record<string, unknown>[] = [];
    let offset = 0;
    const clock = () => Date.now() + offset;
    const log = jsonLogger((line) => lines.push(JSON.parse(line)));
    const metrics = new Metrics(clock);
    const opening: Promise<Db>[] = [];
    let isStopped = false;
    const redis = this.#redis;
    const cloud = cloudBackends(environment, { log, metrics, tracing: untraced, timeouts });
    const backends: Backends = {
      ...cloud,
      ...this.#inProcess,
      async database() {
        // After the end of its request, too. It would meet the faults of the next process.
        if (isStopped) throw new Error("the process has ended");
        const opened = cloud.database();
        opening.push(opened);
        return opened;
      },
    };
    const server = createServer(createApp({ config: testConfig, backends, log, metrics, clock, timeouts }));
    const limits = {
      requestBytes: 10 * 1024 ** 2,
      responseBytes: 6 * 1024 ** 2,
      integrationTimeoutMs: integrationTimeoutMs / scale,
    };
    const gateway = createServer(forwardTo(await listenHttp(server), limits));
    return {
      url: await listenHttp(gateway),
      scale,
      lines,
      advance(seconds) {
        offset += seconds * 1000;
      },
      async stop() {
        isStopped = true;
        for (const each of [gateway, server]) stopServer(each);
        redis?.drop();
        for (const each of opening) await (await each.catch(() => undefined))?.client.close();
      },
    };
  }

  async stop(): Promise<void> {
    for (const close of this.#close.reverse()) await close();
  }
}

function stopServer(server: Server): void {
  server.closeAllConnections();
  server.close();
}

async function openDatabase(uri: string | undefined) {
  if (uri !== undefined) {
    const { hostname: host, port } = new URL(uri);
    const client = new MongoClient(uri);
    return { database: client.db(), port: { host, port: Number(port || 27_017) }, remove: () => client.close() };
  }
  const { database, remove } = await embeddedDatabase();
  await createIndexes(database);
  const server = new WireDatabase();
  server.isRouter = true;
  server.intercept = serveDatabase(database);
  await server.start();
  return {
    database,
    port: { host: "127.0.0.1", port: Number(new URL(server.uri).port) },
    async remove() {
      await server.stop();
      await remove();
    },
  };
}
