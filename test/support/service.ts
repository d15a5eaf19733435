import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiResponse, RequestOptions } from "../../bench/load/client.ts";
import { createApp } from "../../service/app.ts";
import { SigningKeyRing } from "../../service/auth/signing-key-ring.ts";
import { describePublicKey, type SigningKey } from "../../service/auth/signing-keys.ts";
import { defaultTokens, type ServiceConfig } from "../../service/config.ts";
import type { Backends } from "../../service/dependencies.ts";
import { MemorySessionStore } from "../../service/local/memory-session-store.ts";
import { MemoryUserCache } from "../../service/local/memory-user-cache.ts";
import type { Clock } from "../../service/platform/clock.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import type { Metrics } from "../../service/platform/metrics.ts";
import { embeddedDatabase } from "./databases.ts";

export type { ApiResponse, RequestOptions };

/** Argon2id at its cheapest: what it costs is no matter of these tests. */
export const cheapPasswords = { memoryKib: 1_024, passes: 1, lanes: 1, concurrency: 100 };

export const testConfig: ServiceConfig = {
  apiUrl: "https://api.test",
  corsOrigins: ["https://app.test"],
  minimumAppVersion: "0.0.0",
  passwords: cheapPasswords,
  tokens: defaultTokens,
  // Out of the way of tests of other things.
  limits: {
    loginByAccountAndAddress: { requests: 10_000, windowSeconds: 60 },
    loginByAddress: { requests: 10_000, windowSeconds: 60 },
    loginsByUser: { requests: 10_000, windowSeconds: 60 },
    registerByAddress: { requests: 10_000, windowSeconds: 60 },
    refreshBySession: { requests: 10_000, windowSeconds: 60 },
    passwordChangeByUser: { requests: 10_000, windowSeconds: 60 },
  },
  trustedProxies: 0,
};

/** An RSA key in memory, that counts how often it signs. */
export async function testSigningKey() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = {
    ...(await describePublicKey(publicKey.export({ format: "der", type: "spki" }))),
    signatures: 0,
    async sign(data: Uint8Array) {
      key.signatures += 1;
      return sign("sha256", data, privateKey);
    },
    async ping() {},
  };
  return key;
}

/** A ring of one key that never changes. */
export const fixedKeys = (current: SigningKey): SigningKeyRing =>
  new SigningKeyRing(
    async () => ({ current }),
    Date.now,
    jsonLogger(() => {}),
  );

/** The service under test. */
export interface TestService {
  /** The app without its server. */
  app: RequestListener;
  url: string;
  /** Log lines written so far, parsed. */
  lines: Record<string, unknown>[];
  /** Moves the service's clock. */
  advance(seconds: number): void;
  /** Sends a request; an object is sent as JSON. */
  send(method: string, path: string, options?: RequestOptions): Promise<ApiResponse>;
  stop(): Promise<void>;
}

/** Soon after what tests and the document's examples record, which may not be a year old. */
export const today = Date.parse("2026-11-22T12:00:00Z");

/** Goes on from today. */
export const clockFromToday: Clock = () => today + Math.floor(performance.now());

/**
 * Starts the app on a free port with in-process backends, save for those given.
 * @param time what `advance` adds to; @default the system's clock
 * @param metrics what backends of the test's own measure with; @default the app's own
 */
export async function startService(
  overrides: Partial<Backends> = {},
  config: Partial<ServiceConfig> = {},
  time: Clock = Date.now,
  metrics?: Metrics,
): Promise<TestService> {
  const lines: Record<string, unknown>[] = [];
  let offset = 0;
  const clock = () => time() + offset;
  const sessions = new MemorySessionStore();
  const key = overrides.signingKeys ? undefined : await testSigningKey();
  const pepper = randomBytes(32);
  const embedded = overrides.database ? undefined : await embeddedDatabase();
  if (embedded) await createIndexes(embedded.database);

  const app = createApp({
    config: { ...testConfig, ...config },
    clock,
    ...(metrics && { metrics }),
    log: jsonLogger((line) => lines.push(JSON.parse(line))),
    backends: {
      database: async () => embedded!.database,
      sessions: async () => sessions,
      signingKeys: async () => ({ current: key! }),
      refreshTokenPepper: async () => pepper,
      rateLimits: async () => undefined,
      userCache: async () => new MemoryUserCache(clock),
      ...overrides,
    },
  });
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    app,
    url,
    lines,
    advance(seconds) {
      offset += seconds * 1000;
    },
    async send(method, path, { body, token, headers = {} } = {}) {
      const raw = typeof body === "string" || body instanceof Uint8Array || body === undefined;
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = text !== "" && /json/.test(response.headers.get("content-type") ?? "");
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await embedded?.remove();
    },
  };
}

let people = 0;

/** A person nobody has registered yet. */
export const newPerson = () => ({
  email: `person-${++people}-${randomBytes(4).toString("hex")}@example.com`,
  password: "a long passphrase",
  name: "Ann",
});
