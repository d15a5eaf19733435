import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import { expect } from "chai";
import type { ApiResponse, RequestOptions } from "../../bench/load/client.ts";
import { forwardTo } from "../../scripts/drill/gateway.ts";
import { createApp } from "../../service/app.ts";
import { AccessTokens } from "../../service/auth/access-tokens.ts";
import { SigningKeyRing } from "../../service/auth/signing-key-ring.ts";
import { describePublicKey, type SigningKey } from "../../service/auth/signing-keys.ts";
import { defaultTokens, type ServiceConfig } from "../../service/config.ts";
import type { Backends } from "../../service/dependencies.ts";
import { MemoryLinkStore } from "../../service/local/memory-link-store.ts";
import { MemorySessionStore } from "../../service/local/memory-session-store.ts";
import { MemoryUserCache } from "../../service/local/memory-user-cache.ts";
import type { Mail, NoMail } from "../../service/mail/mail.ts";
import type { Clock } from "../../service/platform/clock.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import type { Timeouts } from "../../service/platform/timeouts.ts";
import { embeddedDatabase } from "./databases.ts";
import { listenHttp } from "./listen.ts";
import { confirmAddress } from "./mails.ts";
import { shareText } from "./shared-folder.ts";

export type { ApiResponse, RequestOptions };

/** Argon2id with minimal cost, which does not matter in these tests. */
export const cheapPasswords = { memoryKib: 1_024, passes: 1, lanes: 1, concurrency: 100 };

export const testConfig: ServiceConfig = {
  apiUrl: "https://api.test",
  corsOrigins: ["https://app.test"],
  minimumAppVersion: "0.0.0",
  passwords: cheapPasswords,
  tokens: defaultTokens,
  // So high that they do not affect other tests.
  limits: {
    loginByAccountAndAddress: { requests: 10_000, windowSeconds: 60 },
    loginByAddress: { requests: 10_000, windowSeconds: 60 },
    loginsByUser: { requests: 10_000, windowSeconds: 60 },
    registerByAddress: { requests: 10_000, windowSeconds: 60 },
    refreshBySession: { requests: 10_000, windowSeconds: 60 },
    passwordChangeByUser: { requests: 10_000, windowSeconds: 60 },
    resetByAccountAndAddress: { requests: 10_000, windowSeconds: 60 },
    resetByAddress: { requests: 10_000, windowSeconds: 60 },
    linkByAddress: { requests: 10_000, windowSeconds: 60 },
    mailByKindAndRecipient: { requests: 10_000, windowSeconds: 60 },
    verificationByUser: { requests: 10_000, windowSeconds: 60 },
    emailChangeByUser: { requests: 10_000, windowSeconds: 60 },
  },
  trustedProxies: 0,
  linkApp: { appleAppIds: ["ABCDE12345.app.ecobeat"], androidCertificates: [Array(32).fill("0A").join(":")] },
};

/** A pair of its own, for tests of several keys. */
export const generateKeyPair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });

let sharedKey: KeyObject | undefined;

/** A private key in PKCS #8, the same for all workers of a run: to generate one takes longer than most tests. */
export const getSharedKey = (): string =>
  shareText("signing-key.pem", () => generateKeyPair().privateKey.export({ format: "pem", type: "pkcs8" }).toString());

/**
 * An RSA key in memory, that counts how often it signs.
 * @param pair @default the same in the whole run
 */
export async function testSigningKey(pair?: ReturnType<typeof generateKeyPair>) {
  sharedKey ??= createPrivateKey(getSharedKey());
  const privateKey = pair?.privateKey ?? sharedKey;
  const publicKey = createPublicKey(privateKey);
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

/** Access tokens of one key that never changes. */
export const testAccessTokens = (
  current: SigningKey,
  { apiUrl = testConfig.apiUrl, clock = Date.now }: { apiUrl?: string; clock?: Clock } = {},
): AccessTokens =>
  new AccessTokens({
    keys: new SigningKeyRing(
      async () => ({ current }),
      Date.now,
      jsonLogger(() => {}),
    ),
    apiUrl,
    lifetimeSeconds: defaultTokens.accessTokenSeconds,
    clock,
    metrics: new Metrics(Date.now),
  });

/** The service under test. */
export interface TestService extends AsyncDisposable {
  /** The app without its server. */
  app: RequestListener;
  backends: Backends;
  /** Of the API Gateway in front of the app. */
  url: string;
  /** Log lines written so far, parsed. */
  lines: Record<string, unknown>[];
  /** Mails that were queued so far, and what took the place of others. */
  mails: (Mail | NoMail)[];
  /** Moves the service's clock. */
  advance(seconds: number): void;
  /** Sends a request; an object is sent as JSON. */
  send(method: string, path: string, options?: RequestOptions): Promise<ApiResponse>;
  /** Registers a new user. */
  register(members?: Partial<NewPerson>, headers?: Record<string, string>): Promise<TestUser>;
  /** Registers a new user, who then confirms the address by the link of the mail. */
  registerConfirmed(members?: Partial<NewPerson>): Promise<TestUser>;
  /** Logs in with a person's e-mail address and password. */
  logIn(person: { email: string; password: string }, headers?: Record<string, string>): Promise<ApiResponse>;
  refresh(refreshToken: string, headers?: Record<string, string>): Promise<ApiResponse>;
  stop(): Promise<void>;
}

/** A registered user with the tokens of the first session. */
export interface TestUser extends NewPerson {
  id: string;
  token: string;
  refreshToken: string;
  /** Sends a request with the user's access token. */
  send(method: string, path: string, options?: RequestOptions): Promise<ApiResponse>;
}

/** Soon after the times in tests, which must be less than a year old. */
export const today = Date.parse("2026-11-22T12:00:00Z");

/** Runs from today on. */
export const clockFromToday: Clock = () => today + Math.floor(performance.now());

/**
 * Starts the app behind a fake API Gateway with in-process backends, save for those given.
 * @param time what `advance` adds to; @default the system's clock
 * @param metrics metrics of the given backends; @default those of the app
 * @param timeouts of the app; the given backends have their own
 */
export async function startService(
  overrides: Partial<Backends> = {},
  config: Partial<ServiceConfig> = {},
  time: Clock = Date.now,
  metrics?: Metrics,
  timeouts?: Timeouts,
): Promise<TestService> {
  const lines: Record<string, unknown>[] = [];
  let offset = 0;
  const clock = () => time() + offset;
  const sessions = new MemorySessionStore();
  const mails: (Mail | NoMail)[] = [];
  const links = new MemoryLinkStore(clock);
  const key = overrides.signingKeys ? undefined : await testSigningKey();
  const pepper = randomBytes(32);
  const embedded = overrides.database ? undefined : await embeddedDatabase();
  if (embedded) await createIndexes(embedded.database);

  const backends: Backends = {
    database: async () => embedded!.database,
    sessions: async () => sessions,
    signingKeys: async () => ({ current: key! }),
    refreshTokenPeppers: async () => ({ current: pepper }),
    rateLimits: async () => undefined,
    links: async () => links,
    userCache: async () => new MemoryUserCache(clock),
    mails: async () => ({ put: async (mail) => void mails.push(mail) }),
    ...overrides,
  };
  const app = createApp({
    config: { ...testConfig, ...config },
    clock,
    ...(metrics && { metrics }),
    ...(timeouts && { timeouts }),
    log: jsonLogger((line) => lines.push(JSON.parse(line))),
    backends,
  });
  const server = createServer(app);
  const gateway = createServer(forwardTo(await listenHttp(server)));
  const url = await listenHttp(gateway);

  const service: TestService = {
    app,
    backends,
    url,
    lines,
    mails,
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
    async register(members, headers = {}) {
      const person = { ...newPerson(), ...members };
      const { status, body } = await service.send("POST", "/v1/auth/register", { body: person, headers });
      expect(status, JSON.stringify(body)).to.equal(201);
      const { user: profile, access_token: token, refresh_token: refreshToken } = body;
      const user: TestUser = {
        ...{ ...person, id: profile.id, token, refreshToken },
        send: (method, path, options = {}) => service.send(method, path, { token: user.token, ...options }),
      };
      return user;
    },
    async registerConfirmed(members) {
      const user = await service.register(members);
      await confirmAddress(service, user);
      return user;
    },
    logIn: ({ email, password }, headers = {}) =>
      service.send("POST", "/v1/auth/login", { body: { email, password }, headers }),
    refresh: (refresh_token, headers = {}) =>
      service.send("POST", "/v1/auth/refresh", { body: { refresh_token }, headers }),
    async stop() {
      for (const each of [gateway, server]) {
        each.closeAllConnections();
        each.close();
      }
      await embedded?.remove();
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
  return service;
}

/**
 * Starts a service before the tests of a suite, and stops it after them.
 * @param start @default with in-process backends alone
 */
export function useService<Service extends TestService>(
  start: () => Promise<Service> = startService as never,
): Service {
  let current: Service;
  before(async () => {
    current = await start();
  });
  after(() => current.stop());
  return delegate(() => current);
}

/** An object that exists only once the tests run. */
export const delegate = <T extends object>(get: () => T): T =>
  new Proxy({} as T, { get: (_, name) => Reflect.get(get(), name) });

/** What a person registers with. */
export interface NewPerson {
  email: string;
  password: string;
  name: string;
  device?: string;
}

let people = 0;

/** A person who is not registered yet. */
export const newPerson = (): NewPerson => ({
  email: `person-${++people}-${randomBytes(4).toString("hex")}@example.com`,
  password: "a long passphrase",
  name: "Ann",
});

/** The type of a problem by its last part. */
export const problemType = (slug: string) => `https://ecobeat.app/problems/${slug}`;

/** Checks that a response is a problem. */
export function expectProblem({ status, body }: ApiResponse, expected: number, slug: string): void {
  expect([status, body.type]).to.deep.equal([expected, problemType(slug)]);
}
