import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { ElastiCache } from "@aws-sdk/client-elasticache";
import { S3 } from "@aws-sdk/client-s3";
import type { Db } from "mongodb";
import { type DeployedEnvironment, toNamePrefix, variables } from "../../service/contract.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { cacheUserName, functionName, liveAlias, releaseLogName, toBucketName } from "../../stacks/names.ts";
import { S3Location } from "../backup/s3-location.ts";
import { ConcurrencyProxy } from "./concurrency-proxy.ts";
import { type EmulatorAccount, openEmulatorAccount, removeParameters, writeParameters } from "./emulator-account.ts";
import { DrillFunctions } from "./functions.ts";
import { acquireRedisDatabase, createDatabaseUri, type LocalServices, type RedisDatabase } from "./local-services.ts";

const socketTimeoutMS = 120_000;

/** An environment's resources in one region: an account of the emulator, database, Redis, functions, and the running service. */
export class Region {
  readonly environment: DeployedEnvironment;
  readonly account: EmulatorAccount & { readonly variables: { readonly AWS_ENDPOINT_URL_LAMBDA: string } };
  readonly redis: RedisDatabase;
  readonly functions: DrillFunctions;
  readonly mongodbUri: string;
  readonly database: Db;
  readonly #s3: S3;
  readonly #buckets: string[] = [];
  readonly #lambda: ConcurrencyProxy;
  #service: ChildProcess | undefined;

  private constructor(
    environment: DeployedEnvironment,
    account: EmulatorAccount,
    redis: RedisDatabase,
    mongodbUri: string,
    database: Db,
    lambda: ConcurrencyProxy,
    lambdaEndpoint: string,
  ) {
    this.environment = environment;
    this.account = { ...account, variables: { ...account.variables, AWS_ENDPOINT_URL_LAMBDA: lambdaEndpoint } };
    this.redis = redis;
    this.mongodbUri = mongodbUri;
    this.database = database;
    this.#lambda = lambda;
    this.functions = new DrillFunctions(environment, account, lambdaEndpoint);
    this.#s3 = new S3({ ...account.clientConfig, forcePathStyle: true });
  }

  /**
   * Creates what the stacks create. The database is empty, and the refresh-token pepper does not exist yet.
   * @param environment the one whose names and settings the region has
   */
  static async build(services: LocalServices, environment: DeployedEnvironment): Promise<Region> {
    const account = await openEmulatorAccount(services.AWS_ENDPOINT_URL, getEnvironment(environment).region);
    const redis = await acquireRedisDatabase(services.REDIS_URL);
    const mongodbUri = createDatabaseUri(services.MONGODB_URI);
    const database = await connectMongo(mongodbUri, { socketTimeoutMS });
    const lambda = new ConcurrencyProxy(services.AWS_ENDPOINT_URL);
    const endpoint = await lambda.start();
    const region = new Region(environment, account, redis, mongodbUri, database, lambda, endpoint);
    try {
      await region.functions.create();
      await region.createReleaseLog();
      const { provisionedConcurrency } = getEnvironment(environment).functions;
      if (provisionedConcurrency)
        lambda.provision(functionName(environment, "auth"), liveAlias, provisionedConcurrency.minimum);
      await writeParameters(environment, account, { mongodbUri, redisUrl: redis.url });
      return region;
    } catch (error) {
      await region.remove();
      throw error;
    }
  }

  /**
   * Starts the service in a process of its own.
   * @param apiUrl the URL of the public API
   * @returns the URL of the service itself
   */
  async startService(apiUrl: string, apiKey: string): Promise<string> {
    const { PATH, HOME } = process.env;
    const child = fork(join(import.meta.dirname, "../run.cjs"), [join(import.meta.dirname, "service.ts")], {
      execArgv: [],
      env: {
        PATH,
        HOME,
        ...this.account.variables,
        [variables.environment]: this.environment,
        [variables.apiUrl]: apiUrl,
        API_KEY: apiKey,
      },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let errors = "";
    child.stderr!.on("data", (chunk: Buffer) => {
      errors += chunk;
    });
    const port = await Promise.race([once(child, "message"), once(child, "close").then(() => undefined)]);
    if (!port) throw new Error(`The service did not start: ${errors}`);
    this.#service = child;
    return `http://127.0.0.1:${port[0]}`;
  }

  /** For commands of runbooks that record what they changed. */
  async createReleaseLog(): Promise<void> {
    const logs = new CloudWatchLogs(this.account.clientConfig);
    await logs.createLogGroup({ logGroupName: releaseLogName(this.environment) });
  }

  /** Creates a cache and its user on the emulator, for commands of runbooks. Nothing connects to it. */
  async createCache(): Promise<void> {
    const { nodeType, nodes } = getEnvironment(this.environment).cache;
    const elastiCache = new ElastiCache(this.account.clientConfig);
    const user = cacheUserName(this.environment);
    await elastiCache.createUser({
      UserId: user,
      UserName: user,
      Engine: "redis",
      AccessString: "on ~* -@all +@read +@write",
      AuthenticationMode: { Type: "iam" },
    });
    await elastiCache.createReplicationGroup({
      ReplicationGroupId: toNamePrefix(this.environment),
      ReplicationGroupDescription: "drill",
      Engine: "redis",
      CacheNodeType: nodeType,
      NumCacheClusters: nodes,
    });
  }

  /**
   * Creates a bucket for backups.
   * @param name the part of its name after the environment
   * @returns the backup location in it
   */
  async createBackupBucket(name: "backups" | "backups-copy"): Promise<string> {
    const { region } = getEnvironment(this.environment);
    const bucket = toBucketName(`${toNamePrefix(this.environment)}-${name}`, { region, accountId: this.account.id });
    await this.#s3.createBucket({ Bucket: bucket });
    this.#buckets.push(bucket);
    return `s3://${bucket}/dumps`;
  }

  /** Destroys everything but the replica of the backup bucket. */
  async destroy(): Promise<void> {
    await this.#killService();
    this.redis.proxy.cut();
    await this.database.dropDatabase();
    for (const bucket of this.#buckets.filter((name) => !name.includes("-copy-"))) await this.#empty(bucket);
  }

  async remove(): Promise<void> {
    await this.#killService();
    await this.database.dropDatabase();
    await this.database.client.close();
    await this.redis.release();
    for (const bucket of this.#buckets) {
      await this.#empty(bucket);
      await this.#s3.deleteBucket({ Bucket: bucket });
    }
    await this.functions.remove();
    await removeParameters(this.environment, this.account);
    this.#lambda.close();
  }

  async #killService(): Promise<void> {
    if (this.#service?.kill("SIGKILL")) await once(this.#service, "close");
  }

  async #empty(bucket: string): Promise<void> {
    const location = new S3Location(this.#s3, bucket, "");
    for (const { path } of await location.list()) await location.remove(path);
  }
}
