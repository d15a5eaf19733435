import { randomBytes } from "node:crypto";
import type { Db } from "mongodb";
import { cloudBackends } from "../../service/cloud/backends.ts";
import { parameters } from "../../service/contract.ts";
import type { Backends } from "../../service/dependencies.ts";
import type { Clock } from "../../service/platform/clock.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { defaultTimeouts, type Timeouts } from "../../service/platform/timeouts.ts";
import { untraced } from "../../service/platform/tracing.ts";
import { requireAwsAuthentication } from "./aws-authentication.ts";
import { embeddedDatabase } from "./databases.ts";
import { exportPublicKey, type KmsResponse, ssmResponse, startKmsServer } from "./kms-server.ts";
import { type RedisReply, RedisServer } from "./redis-server.ts";
import { serveDatabase } from "./served-database.ts";
import { testSigningKey } from "./service.ts";
import { toSendMessageReply } from "./sqs-reply.ts";
import { type Reply, WireDatabase } from "./wire-database.ts";

/** Long enough for a response on a busy machine. */
export const cloudTimeouts: Timeouts = { ...defaultTimeouts, databaseCheckPause: 10, databaseSelection: 1_000 };

/** So short that a test can wait for a service that does not respond. */
export const silenceTimeouts: Timeouts = { ...cloudTimeouts, redisCommand: 300, awsRequest: 300 };

/** What responds in place of each service, or returns undefined. */
export interface Failures {
  SSM: (input: Record<string, unknown>) => KmsResponse | undefined;
  /** @param action such as `Sign` */
  KMS: (action: string) => KmsResponse | undefined;
  Redis: (command: readonly string[]) => RedisReply | undefined;
  /** @param name of a command, such as `find` */
  MongoDB: (name: string) => Reply | undefined | Promise<Reply | undefined>;
}

export type CloudService = keyof Failures;

/** The services in AWS that the service uses, each of which a test can make fail. */
export interface FakeCloud {
  /** Without a failure, each service responds. */
  readonly failures: Partial<Failures>;
  /** Where a server on a developer's machine finds the database and Redis. */
  readonly variables: Readonly<Record<"MONGODB_URI" | "REDIS_URL", string>>;
  /** Backends as in a new process. */
  start(clock?: Clock, timeouts?: Timeouts): { backends: Backends; close(): Promise<void> };
  stop(): Promise<void>;
}

/** Starts the fake services. Until they stop, clients of AWS call them. */
export async function startFakeCloud(): Promise<FakeCloud> {
  const database = new WireDatabase();
  database.isReplicaSet = true;
  const redis = new RedisServer();
  await Promise.all([database.start(), redis.start()]);
  const embedded = await embeddedDatabase();
  await createIndexes(embedded.database);
  const key = await testSigningKey();
  const failures: Partial<Failures> = {};
  const aws = await startKmsServer(async (action, input) => {
    const failure = action === "GetParameters" ? failures.SSM?.(input) : failures.KMS?.(action);
    if (failure !== undefined) return failure;
    if (action === "GetParameters") return ssmResponse("staging", input, values);
    if (action === "SendMessage") return toSendMessageReply(input.MessageBody);
    if (action !== "Sign") return { KeyId: input.KeyId, PublicKey: exportPublicKey(key) };
    const signature = await key.sign(Buffer.from(String(input.Message), "base64"));
    return { KeyId: input.KeyId, Signature: signature.toString("base64") };
  });

  requireAwsAuthentication(database);
  const authenticate = database.intercept;
  const run = serveDatabase(embedded.database);
  database.intercept = async (name, ...command) =>
    (await failures.MongoDB?.(name)) ?? (await authenticate(name, ...command)) ?? run(name, ...command);
  redis.intercept = (command) => failures.Redis?.(command);

  const query = "authMechanism=MONGODB-AWS&authSource=$external&retryWrites=true&w=majority&";
  const values = {
    [parameters.mongodbUri]: database.uri.replace("/?", `/ecobeat?${query}`),
    [parameters.redisUrl]: `redis://ecobeat@127.0.0.1:${redis.port}`,
    [parameters.jwtSigningKeys]: JSON.stringify({ current: "arn:aws:kms:eu-west-1:123456789012:key/1" }),
    [parameters.refreshTokenPepper]: randomBytes(32).toString("base64"),
  };
  return {
    failures,
    variables: { MONGODB_URI: values[parameters.mongodbUri]!, REDIS_URL: `redis://127.0.0.1:${redis.port}` },
    start(clock = Date.now, timeouts = cloudTimeouts) {
      const options = { log: jsonLogger(() => {}), metrics: new Metrics(clock), tracing: untraced, clock };
      const backends = cloudBackends("staging", { ...options, timeouts });
      const opened: Db[] = [];
      return {
        backends: {
          ...backends,
          async database() {
            opened.push(await backends.database());
            return opened.at(-1)!;
          },
        },
        async close() {
          await (await backends.rateLimits())?.close();
          await Promise.all(opened.map(({ client }) => client.close()));
        },
      };
    },
    async stop() {
      aws.stop();
      redis.stop();
      await database.stop();
      await embedded.remove();
    },
  };
}
