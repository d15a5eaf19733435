import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { promisify } from "node:util";
import argon2 from "argon2";
import type { Db } from "mongodb";
import { createApp } from "../../service/app.ts";
import { describePublicKey, type SigningKey } from "../../service/auth/signing-keys.ts";
import { apiGatewayHandler, gatewayRequestId } from "../../service/cloud/api-gateway.ts";
import { XRay } from "../../service/cloud/x-ray.ts";
import { defaultPasswords, defaultTokens } from "../../service/config.ts";
import type { Backends } from "../../service/dependencies.ts";
import { MemorySessionStore } from "../../service/local/memory-session-store.ts";
import { MemoryUserCache } from "../../service/local/memory-user-cache.ts";
import { systemClock } from "../../service/platform/clock.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { once } from "../../service/platform/once.ts";
import { type TracedCall, type Tracing, untraced } from "../../service/platform/tracing.ts";
import type { User } from "../../service/users/repository.ts";
import { noLimits } from "./unlimited.ts";

const signAsync = promisify(sign);

const users: User[] = [];

/** What registration, login and profile ask of a database. */
function usersInMemory(): Db {
  const collection = {
    insertOne: async (user: User) => users.push(user),
    findOne: async ({ _id, emailCanonical }: Partial<User>) =>
      users.find((user) => user._id === _id || user.emailCanonical === emailCanonical) ?? null,
  };
  return { collection: () => collection } as unknown as Db;
}

async function keyInMemory(): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    ...(await describePublicKey(publicKey.export({ format: "der", type: "spki" }))),
    sign: (data) => signAsync("sha256", data, privateKey),
    async ping() {},
  };
}

/** The key that signs access tokens: KMS's where the environment names one. */
export const signingKey = once(async () => {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (!endpoint) return keyInMemory();
  return (await import("../../service/local/development-kms-key.ts")).developmentKmsKey(endpoint);
});

/** What was stored of the password of the first user. */
export const storedHash = (): string => users[0]!.passwordHash;

/** Puts a hash in the place of the newest user's that was made with half of today's memory and passes. */
export async function makeOutdated(password: string): Promise<void> {
  const { memoryKib, passes, lanes } = defaultPasswords;
  users.at(-1)!.passwordHash = await argon2.hash(password, {
    memoryCost: memoryKib / 2,
    timeCost: passes / 2,
    parallelism: lanes,
  });
}

export const verify = argon2.verify;

/** Backends of this process, traced where the clients of Redis and KMS are. */
function backends(tracing: Tracing): Backends {
  const traced = <T>(call: TracedCall, work: () => Promise<T>): Promise<T> => {
    const end = tracing.begin(call);
    return work().finally(end);
  };
  const sessions = new MemorySessionStore();
  const rotate = sessions.rotate.bind(sessions);
  sessions.rotate = (rotation) => traced({ to: "Redis" }, () => rotate(rotation));
  return {
    database: async () => usersInMemory(),
    sessions: async () => sessions,
    refreshTokenPepper: async () => randomBytes(32),
    rateLimits: async () => undefined,
    userCache: async () => new MemoryUserCache(),
    async signingKeys() {
      const key = await signingKey();
      return {
        current: { ...key, sign: (data) => traced({ to: "KMS", operation: "Sign" }, () => key.sign(data)) },
      };
    },
  };
}

/** Measures nothing. */
class NoMetrics extends Metrics {
  override count() {}
  override time<T>(_name: string, work: () => Promise<T>) {
    return work();
  }
  override cache() {}
  override flush() {
    return undefined;
  }
}

const behindAdapter = (tracing: Tracing, metrics: Metrics) =>
  apiGatewayHandler(
    createApp({
      config: {
        apiUrl: "https://api.test",
        corsOrigins: ["https://app.test"],
        minimumAppVersion: "0.0.0",
        passwords: defaultPasswords,
        tokens: defaultTokens,
        limits: noLimits,
        trustedProxies: 0,
      },
      backends: backends(tracing),
      metrics,
      log: jsonLogger(),
      requestId: gatewayRequestId,
    }),
  );

/** The service behind the adapter as `service/lambda.ts` puts it there, on backends of this process. */
export const handler = behindAdapter(new XRay(process.env), new Metrics(systemClock));

/** The same without metrics and traces. */
export const unobserved = behindAdapter(untraced, new NoMetrics(systemClock));
