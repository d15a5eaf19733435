import { randomBytes } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { Db } from "mongodb";
import { type DeployedEnvironment, variables } from "../../../service/contract.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { environments } from "../../../stacks/environments.ts";
import { EmulatorAccount } from "./emulator-account.ts";
import { writeParameters } from "./environment-parameters.ts";
import { DrillFunctions } from "./functions.ts";
import { DrillGateway, serverAt } from "./gateway.ts";
import type { DrillPlace } from "./loopback.ts";
import { OwnRedis } from "./own-redis.ts";
import { type ServiceProcess, startServiceProcess } from "./service-process.ts";

/** The environment whose names and settings a drill takes. */
const environment: DeployedEnvironment = "staging";

const answerTimeoutMilliseconds = 120_000;

/** An environment of a drill's own: account, database, Redis, the functions, and the service that answers for them. */
export class Stage {
  readonly environment = environment;
  readonly account: EmulatorAccount;
  readonly redis: OwnRedis;
  readonly functions: DrillFunctions;
  readonly gateway: DrillGateway;
  readonly mongodbUri: string;
  readonly #databases: Db[] = [];
  readonly #processes: ServiceProcess[] = [];
  #api = "";

  private constructor(account: EmulatorAccount, redis: OwnRedis, mongodbUri: string) {
    this.account = account;
    this.redis = redis;
    this.mongodbUri = mongodbUri;
    this.functions = new DrillFunctions(environment, account);
    this.gateway = new DrillGateway(this.functions);
  }

  /** Builds all of it, with an empty database that has its indexes. */
  static async build(place: DrillPlace): Promise<Stage> {
    const account = await EmulatorAccount.open(place.AWS_ENDPOINT_URL, environments[environment].region);
    const redis = await OwnRedis.take(place.REDIS_URL);
    const stage = new Stage(account, redis, ownDatabase(place.MONGODB_URI));
    try {
      await createIndexes(await stage.openDatabase(stage.mongodbUri));
      await stage.functions.create();
      await writeParameters(environment, account, {
        mongodbUri: stage.mongodbUri,
        redisUrl: redis.url,
      });
      stage.#api = await stage.gateway.open();
      await stage.startService("1");
      return stage;
    } catch (error) {
      await stage.remove();
      throw error;
    }
  }

  /** Where the public API is. */
  get api(): string {
    return this.#api;
  }

  /** The database that the service works on. */
  get database(): Db {
    return this.#databases[0]!;
  }

  /** Connects to a database, which is removed with the rest. */
  async openDatabase(uri: string): Promise<Db> {
    const database = await connectMongo(uri, { socketTimeoutMS: answerTimeoutMilliseconds });
    this.#databases.push(database);
    return database;
  }

  /** Starts the service, to answer for a version of the functions. */
  async startService(version: string): Promise<ServiceProcess> {
    const { PATH, HOME } = process.env;
    const started = await startServiceProcess({
      PATH,
      HOME,
      ...this.account.variables,
      [variables.environment]: environment,
      [variables.apiUrl]: this.#api,
    });
    this.#processes.push(started);
    this.gateway.serve(version, serverAt(started.url));
    return started;
  }

  /** Lets the emulator know a cache, so that commands find it. Nothing connects to it. */
  async makeCache(): Promise<void> {
    const { nodeType, nodes } = environments[environment].cache;
    await this.account.query("elasticache", {
      Action: "CreateReplicationGroup",
      ReplicationGroupId: `ecobeat-${environment}`,
      ReplicationGroupDescription: "drill",
      Engine: "redis",
      CacheNodeType: nodeType,
      NumCacheClusters: String(nodes),
    });
  }

  /** @returns the address of a new bucket on the emulator, for backups */
  async makeBucket(): Promise<string> {
    const bucket = `ecobeat-${environment}-backups-${this.account.id}`;
    await new S3Client({ ...this.account.client, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: bucket }),
    );
    return `s3://${bucket}/dumps`;
  }

  /** Takes all of it down. What lies in the emulator's account costs nothing and meets nobody. */
  async remove(): Promise<void> {
    await this.gateway.close();
    for (const each of this.#processes) await each.kill();
    for (const database of this.#databases) {
      await database.dropDatabase();
      await database.client.close();
    }
    await this.redis.release();
  }
}

/** A database of a new name on the server of a connection string. */
export function ownDatabase(server: string): string {
  const [, head, query = ""] = /^([^/]+\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(server)!;
  return `${head}/ecobeat-drill-${randomBytes(4).toString("hex")}${query}`;
}
