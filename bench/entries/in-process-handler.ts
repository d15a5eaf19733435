import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { promisify } from "node:util";
import argon2 from "argon2";
import type { Db } from "mongodb";
import { createApp } from "../../service/app.ts";
import { describePublicKey, type SigningKey } from "../../service/auth/signing-keys.ts";
import { apiGatewayHandler, gatewayRemainingMilliseconds, gatewayRequestId } from "../../service/cloud/api-gateway.ts";
import { defaultPasswords } from "../../service/config.ts";
import type { Backends } from "../../service/dependencies.ts";
import { MemoryLinkStore } from "../../service/local/memory-link-store.ts";
import { MemorySessionStore } from "../../service/local/memory-session-store.ts";
import { MemoryUserCache } from "../../service/local/memory-user-cache.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import type { Metrics } from "../../service/platform/metrics.ts";
import { once } from "../../service/platform/once.ts";
import type { TracedCall, Tracing } from "../../service/platform/tracing.ts";
import type { User } from "../../service/users/repository.ts";
import { benchConfig } from "./config.ts";

export const inProcessConfig = { ...benchConfig, apiUrl: "https://api.test" };

const signAsync = promisify(sign);

const users: User[] = [];

/** The database operations of registration, login and profile. */
function createUserDatabase(): Db {
  const collection = {
    insertOne: async (user: User) => users.push(user),
    findOne: async ({ _id, emailCanonical }: Partial<User>) =>
      users.find((user) => user._id === _id || user.emailCanonical === emailCanonical) ?? null,
  };
  return { collection: () => collection } as unknown as Db;
}

async function createKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    ...(await describePublicKey(publicKey.export({ format: "der", type: "spki" }))),
    sign: (data) => signAsync("sha256", data, privateKey),
    async ping() {},
  };
}

/** The key that signs access tokens: KMS's if `AWS_ENDPOINT_URL` is set. */
export const signingKey = once(async () => {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (!endpoint) return createKey();
  return (await import("../../service/local/development-kms-key.ts")).developmentKmsKey(endpoint);
});

/** The stored password hash of the first user. */
export const storedHash = (): string => users[0]!.passwordHash;

/** Replaces the newest user's password hash by one with half of the current memory and passes. */
export async function makeOutdated(password: string): Promise<void> {
  const { memoryKib, passes, lanes } = defaultPasswords;
  users.at(-1)!.passwordHash = await argon2.hash(password, {
    memoryCost: memoryKib / 2,
    timeCost: passes / 2,
    parallelism: lanes,
  });
}

export const verify = argon2.verify;

/** New backends in this process, traced as the clients of Redis and KMS are. */
export function createBackends(tracing: Tracing): Backends {
  const traced = <T>(call: TracedCall, work: () => Promise<T>): Promise<T> => {
    const end = tracing.begin(call);
    return work().finally(end);
  };
  const sessions = new MemorySessionStore();
  const userCache = new MemoryUserCache();
  const links = new MemoryLinkStore();
  const rotate = sessions.rotate.bind(sessions);
  sessions.rotate = (rotation) => traced({ to: "Redis" }, () => rotate(rotation));
  return {
    database: async () => createUserDatabase(),
    sessions: async () => sessions,
    refreshTokenPeppers: async () => ({ current: randomBytes(32) }),
    rateLimits: async () => undefined,
    links: async () => links,
    userCache: async () => userCache,
    mails: async () => ({ async put() {} }),
    async signingKeys() {
      const key = await signingKey();
      return { current: { ...key, sign: (data) => traced({ to: "KMS", operation: "Sign" }, () => key.sign(data)) } };
    },
  };
}

/** The service behind the adapter as in `service/lambda.ts`, with backends in this process. */
export const createHandler = (tracing: Tracing, metrics: Metrics, backends: Backends = createBackends(tracing)) =>
  apiGatewayHandler(
    createApp({
      config: inProcessConfig,
      backends,
      metrics,
      log: jsonLogger(),
      requestId: gatewayRequestId,
      remainingMilliseconds: gatewayRemainingMilliseconds,
      ownsClasses: true,
    }),
  );
