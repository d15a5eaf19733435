import { randomBytes, randomUUID } from "node:crypto";
import argon2 from "argon2";
import { expect } from "chai";
import type { Db } from "mongodb";
import { RedisLinkStore } from "../../service/auth/redis-link-store.ts";
import { RedisSessionStore } from "../../service/auth/redis-session-store.ts";
import type { LimitConfig } from "../../service/config.ts";
import type { Mail, NoMail } from "../../service/mail/mail.ts";
import type { Clock } from "../../service/platform/clock.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { RedisUserCache } from "../../service/platform/redis-user-cache.ts";
import { defaultTimeouts } from "../../service/platform/timeouts.ts";
import { type RouteName, routes } from "../../service/routes.ts";
import { embeddedDatabase, mongoDatabase } from "../support/databases.ts";
import { getToken } from "../support/mails.ts";
import { describeWith } from "../support/real-services.ts";
import { RedisServer } from "../support/redis-server.ts";
import { databaseInRounds, Rounds, redisInRounds } from "../support/rounds.ts";
import { serveDatabase } from "../support/served-database.ts";
import {
  type ApiResponse,
  newPerson,
  type RequestOptions,
  startService,
  type TestService,
  type TestUser,
  testConfig,
  testSigningKey,
  today,
} from "../support/service.ts";
import { WireDatabase } from "../support/wire-database.ts";
import { item } from "./activities/support.ts";

/** A new user, with an activity that the user has recorded. */
interface Subject {
  service: TestService;
  /** The same service with limits that every request exceeds. */
  limited: TestService;
  /** The same service, which mails no links. */
  unmailed: TestService;
  user: TestUser;
  other: TestUser;
  activity: string;
}

type Send = (subject: Subject) => Promise<ApiResponse>;

/** A request, and the rounds of calls that its response waits for. */
interface Case {
  send: Send;
  rounds: readonly string[];
  /** Sent before. */
  after?: Send;
  /** Whether the process was frozen in between, so that parameters may have changed. */
  isFrozen?: boolean;
}

const asUser =
  (method: string, path: string, options?: RequestOptions): Send =>
  ({ user }) =>
    user.send(method, path, options);

const onActivity =
  (method: string, options?: RequestOptions): Send =>
  ({ user, activity }) =>
    user.send(method, `/v1/activities/${activity}`, options);

const register =
  (toHeaders: () => Record<string, string> = () => ({})): Send =>
  ({ service }) =>
    service.send("POST", "/v1/auth/register", { body: newPerson(), headers: toHeaders() });

const record =
  (isKnown: boolean): Send =>
  ({ user, activity }) =>
    user.send("POST", "/v1/activities", { body: { activities: [item(), item(isKnown ? { id: activity } : {})] } });

const changePassword =
  (new_password: string, current_password?: string): Send =>
  ({ user }) =>
    user.send("PUT", "/v1/auth/password", {
      body: { current_password: current_password ?? user.password, new_password },
    });

const resetPassword = "nine purple umbrellas";
/** A mail counts only once its link is stored. */
const resetRounds = ["Redis", "find", "Redis", "Redis", "SQS"];

const reset = (service: TestService, email: string) =>
  service.send("POST", "/v1/auth/password-reset", { body: { email } });

const requestReset =
  (toEmail: (subject: Subject) => string = ({ user }) => user.email): Send =>
  (subject) =>
    reset(subject.service, toEmail(subject));

const confirmLink = (service: TestService, token: string) =>
  service.send("POST", "/v1/auth/email/confirm", { body: { token } });

const confirmAddress: Send = ({ service, user }) =>
  confirmLink(service, getToken(service, "email-verification", user.email));

const prepareReset: Send = async (subject) => {
  await confirmAddress(subject);
  return requestReset()(subject);
};

const useResetLink =
  (toToken = ({ service, user }: Subject) => getToken(service, "password-reset", user.email)): Send =>
  (subject) => {
    const body = { token: toToken(subject), new_password: resetPassword };
    return subject.service.send("POST", "/v1/auth/password-reset/confirm", { body });
  };

const changeEmail =
  (toEmail: (subject: Subject) => string, current_password?: string): Send =>
  (subject) =>
    subject.user.send("PUT", "/v1/auth/email", {
      body: { new_email: toEmail(subject), current_password: current_password ?? subject.user.password },
    });

/** For any state: the service must read which one it is. */
const conditional = { headers: { "if-match": "*" } };

const month = "/v1/activities/summary?month=2026-11";

/** For each route what a request waits for at least. A comment says why a call is not made together with the calls before it. */
const cases: Record<RouteName, Record<string, Case>> = {
  "GET /health/live": { "": { send: asUser("GET", "/health/live"), rounds: [] } },
  "GET /health/ready": { "": { send: asUser("GET", "/health/ready"), rounds: ["Redis + find + ping"] } },
  "GET /.well-known/jwks.json": { "": { send: asUser("GET", "/.well-known/jwks.json"), rounds: [] } },
  "GET /.well-known/apple-app-site-association": {
    "": { send: asUser("GET", "/.well-known/apple-app-site-association"), rounds: [] },
  },
  "GET /.well-known/assetlinks.json": { "": { send: asUser("GET", "/.well-known/assetlinks.json"), rounds: [] } },
  "GET /openapi.json": { "": { send: asUser("GET", "/openapi.json"), rounds: [] } },
  "GET /v1/activity-kinds": { "": { send: asUser("GET", "/v1/activity-kinds"), rounds: [] } },
  "GET /v1/app": { "": { send: asUser("GET", "/v1/app"), rounds: [] } },
  "POST /v1/auth/login": {
    "": {
      send: ({ service, user }) => service.logIn(user),
      // Counted before anything is looked up or computed. Counted by user before KMS signs. Stored once signed.
      rounds: ["Redis", "find", "verify", "Redis + Redis", "sign", "Redis"],
    },
    "with a wrong password": {
      send: ({ service, user }) => service.logIn({ ...user, password: "wrong" }),
      rounds: ["Redis", "find", "verify"],
    },
    "too many": { send: ({ limited, user }) => limited.logIn(user), rounds: ["Redis"] },
    "without an account": { send: ({ service }) => service.logIn(newPerson()), rounds: ["Redis", "find", "verify"] },
    "after a freeze": {
      send: ({ service, user }) => service.logIn(user),
      isFrozen: true,
      rounds: ["SSM + SSM", "Redis", "find", "verify", "Redis + Redis", "sign", "Redis"],
    },
  },
  "POST /v1/auth/register": {
    "": {
      send: register(),
      // Counted before the account is looked up. The account after its session, without which it could not be registered again. The mail
      // counts, and is queued, only once there is an account.
      rounds: ["Redis", "find", "hash + sign", "Redis + Redis", "insert", "Redis", "SQS"],
    },
    "too many": {
      send: ({ limited }) => limited.send("POST", "/v1/auth/register", { body: newPerson() }),
      rounds: ["Redis"],
    },
    "with a key": {
      send: register(() => ({ "idempotency-key": randomUUID() })),
      rounds: ["Redis", "find + find", "hash + sign", "Redis + Redis", "insert", "Redis", "SQS"],
    },
    "after a freeze": {
      send: register(),
      isFrozen: true,
      rounds: ["SSM + SSM", "Redis", "find", "hash + sign", "Redis + Redis", "insert", "Redis", "SQS"],
    },
  },
  "POST /v1/auth/refresh": {
    // Counted before KMS signs. Stored once signed.
    "": { send: ({ service, user }) => service.refresh(user.refreshToken), rounds: ["Redis", "sign", "Redis"] },
    "too many": { send: ({ limited, user }) => limited.refresh(user.refreshToken), rounds: ["Redis"] },
    "after a freeze": {
      send: ({ service, user }) => service.refresh(user.refreshToken),
      isFrozen: true,
      rounds: ["SSM + SSM", "Redis", "sign", "Redis"],
    },
  },
  "POST /v1/auth/logout": {
    "": {
      send: ({ service, user }) =>
        service.send("POST", "/v1/auth/logout", { body: { refresh_token: user.refreshToken } }),
      rounds: ["Redis"],
    },
  },
  "PUT /v1/auth/password": {
    "": {
      send: changePassword("another long passphrase"),
      // Counted once the session is known to be open. Sessions are ended before and after the change.
      rounds: ["Redis", "Redis + find", "verify", "Redis + hash", "Redis", "update", "Redis"],
    },
    "with a wrong password": {
      send: changePassword("another long passphrase", "wrong"),
      // The new password may be the current one already.
      rounds: ["Redis", "Redis + find", "verify", "Redis", "verify"],
    },
    "that was made before": {
      send: changePassword("another long passphrase"),
      rounds: ["Redis", "Redis + find", "verify", "Redis", "verify", "Redis + Redis + Redis"],
      after: changePassword("another long passphrase"),
    },
  },
  // The same for each state of the account, or its absence: the time tells an attacker nothing.
  "POST /v1/auth/password-reset": {
    "": { send: requestReset(), rounds: resetRounds, after: confirmAddress },
    "of an address that was never confirmed": { send: requestReset(), rounds: resetRounds },
    "without an account": { send: requestReset(() => newPerson().email), rounds: resetRounds },
    "after too many mails": { send: ({ unmailed, user }) => reset(unmailed, user.email), rounds: resetRounds },
    "too many": { send: ({ limited, user }) => reset(limited, user.email), rounds: ["Redis"] },
  },
  "POST /v1/auth/password-reset/confirm": {
    "": {
      send: useResetLink(),
      // Counted before the link is looked up. Sessions are ended before and after the change.
      rounds: ["Redis", "Redis", "find", "hash", "Redis", "update", "Redis + Redis", "SQS", "Redis"],
      after: prepareReset,
    },
    "that was made before": {
      send: useResetLink(),
      rounds: ["Redis", "Redis", "find", "Redis", "verify", "Redis", "Redis", "Redis"],
      after: async (subject) => {
        await prepareReset(subject);
        return useResetLink()(subject);
      },
    },
    "by a link that is not valid": { send: useResetLink(() => "A".repeat(43)), rounds: ["Redis", "Redis"] },
    "too many": {
      send: ({ limited }) =>
        limited.send("POST", "/v1/auth/password-reset/confirm", { body: { token: "", new_password: resetPassword } }),
      rounds: ["Redis"],
    },
  },
  "PUT /v1/auth/email": {
    "": {
      send: changeEmail(() => newPerson().email),
      // Counted once the session is known to be open, and again with the right password.
      rounds: ["Redis", "find", "Redis", "verify", "Redis", "Redis + find", "Redis", "Redis + Redis", "SQS + SQS"],
      after: confirmAddress,
    },
    "to the address of another account": {
      send: changeEmail(({ other }) => other.email),
      rounds: ["Redis", "find", "Redis", "verify", "Redis", "Redis + find", "Redis", "Redis + Redis", "SQS + SQS"],
      after: confirmAddress,
    },
    "with a wrong password": {
      send: changeEmail(() => newPerson().email, "wrong"),
      rounds: ["Redis", "find", "Redis", "verify"],
    },
  },
  "POST /v1/auth/email/verification": {
    "": {
      send: asUser("POST", "/v1/auth/email/verification"),
      rounds: ["Redis", "Redis", "find", "Redis", "Redis", "SQS"],
    },
    "of a confirmed address": {
      send: asUser("POST", "/v1/auth/email/verification"),
      rounds: ["Redis", "Redis", "find"],
      after: confirmAddress,
    },
  },
  "POST /v1/auth/email/confirm": {
    "": { send: confirmAddress, rounds: ["Redis", "Redis", "find", "update", "Redis", "Redis"] },
    "of a change": {
      send: ({ service, user }) => confirmLink(service, getToken(service, "email-change", `new-${user.email}`)),
      rounds: ["Redis", "Redis", "find", "update", "Redis", "Redis", "SQS", "Redis"],
      after: async (subject) => {
        await confirmAddress(subject);
        return changeEmail(({ user }) => `new-${user.email}`)(subject);
      },
    },
    "that was made before": {
      send: confirmAddress,
      rounds: ["Redis", "Redis", "find", "Redis"],
      after: confirmAddress,
    },
  },
  "GET /v1/sessions": { "": { send: asUser("GET", "/v1/sessions"), rounds: ["Redis"] } },
  "DELETE /v1/sessions": {
    "": { send: asUser("DELETE", "/v1/sessions"), rounds: ["Redis", "Redis"] },
    "of a version": { send: asUser("DELETE", "/v1/sessions", conditional), rounds: ["Redis", "Redis"] },
  },
  "DELETE /v1/sessions/{id}": { "": { send: asUser("DELETE", "/v1/sessions/unknown"), rounds: ["Redis", "Redis"] } },
  "GET /v1/users/me": {
    "": { send: asUser("GET", "/v1/users/me"), rounds: ["Redis"], after: asUser("GET", "/v1/users/me") },
    "not cached": { send: asUser("GET", "/v1/users/me"), rounds: ["Redis", "find", "Redis"] },
    "of a version": { send: asUser("GET", "/v1/users/me", conditional), rounds: ["Redis + find"] },
  },
  "PATCH /v1/users/me": {
    "": { send: asUser("PATCH", "/v1/users/me", { body: { name: "Eve" } }), rounds: ["findAndModify", "Redis"] },
    "of a version": {
      send: asUser("PATCH", "/v1/users/me", { body: { name: "Eve" }, ...conditional }),
      rounds: ["find", "findAndModify", "Redis"],
    },
  },
  "DELETE /v1/users/me": {
    "": {
      send: asUser("DELETE", "/v1/users/me"),
      // See `deleteAccount`: after a failure at any step, the user can delete again.
      rounds: ["Redis", "Redis", "update", "delete", "delete", "Redis + Redis + find"],
    },
  },
  "GET /v1/users/me/export": {
    "": { send: asUser("GET", "/v1/users/me/export"), rounds: ["Redis", "find + find"], after: confirmAddress },
  },
  "GET /v1/activities": { "": { send: asUser("GET", "/v1/activities?limit=1"), rounds: ["find"] } },
  "POST /v1/activities": {
    // Only after the write does the mark show that the account was not deleted meanwhile.
    "": { send: record(false), rounds: ["update", "Redis + find"] },
    "some known": { send: record(true), rounds: ["update", "Redis + find + find"] },
  },
  "GET /v1/activities/summary": {
    "": { send: asUser("GET", month), rounds: ["Redis"], after: asUser("GET", month) },
    "not cached": { send: asUser("GET", month), rounds: ["Redis", "find", "Redis"] },
  },
  "GET /v1/activities/{id}": { "": { send: onActivity("GET"), rounds: ["find"] } },
  "PATCH /v1/activities/{id}": {
    "": {
      send: onActivity("PATCH", { body: { note: "home" }, ...conditional }),
      rounds: ["find", "findAndModify", "Redis"],
    },
  },
  "DELETE /v1/activities/{id}": {
    "": { send: onActivity("DELETE"), rounds: ["update", "Redis"] },
    "of a version": { send: onActivity("DELETE", conditional), rounds: ["find", "update", "Redis"] },
  },
};

/** After it, a process uses no parameter without reading it again. */
const freezeMs = 61_000;

/** Long enough for calls that are held. */
const timeouts = { ...defaultTimeouts, cacheAnswer: 10_000, rateLimitCount: 10_000 };

/** What the service runs on, with its driver's commands traced. */
interface Servers extends AsyncDisposable {
  database: Db;
  redisUrl: string;
}

async function standIns(tracing: Rounds): Promise<Servers> {
  const [wire, redis, embedded] = [new WireDatabase(), new RedisServer(), await embeddedDatabase()];
  wire.intercept = serveDatabase(embedded.database);
  wire.isReplicaSet = true;
  redis.caches = true;
  await Promise.all([wire.start(), redis.start()]);
  await createIndexes(embedded.database);
  const database = await connectMongo(wire.uri.replace("/?", "/ecobeat?"), { tracing });
  return {
    database,
    redisUrl: `redis://127.0.0.1:${redis.port}`,
    async [Symbol.asyncDispose]() {
      await database.client.close();
      await Promise.all([wire.stop(), redis.stop(), embedded.remove()]);
    },
  };
}

async function realServices(tracing: Rounds): Promise<Servers> {
  const { database, remove } = await mongoDatabase({ tracing });
  await createIndexes(database);
  return { database, redisUrl: process.env.REDIS_URL!, [Symbol.asyncDispose]: remove };
}

function suite(open: (tracing: Rounds) => Promise<Servers>): void {
  const rounds = new Rounds();
  const { hash, verify } = argon2;
  let servers: Servers;
  let redis: RedisConnection;
  let service: TestService;
  let limited: TestService;
  let unmailed: TestService;
  let now = today;

  before(async () => {
    servers = await open(rounds);
    redis = new RedisConnection(servers.redisUrl, { tracing: rounds });
    const held = redisInRounds(redis, rounds);
    const key = await testSigningKey();
    const current = {
      ...key,
      sign: (data: Uint8Array) => rounds.hold(() => key.sign(data), "sign"),
      ping: () => rounds.hold(() => key.ping(), "ping"),
    };
    const pepper = randomBytes(32);
    const readParameter = <Value>(value: Value) => rounds.hold(async () => value, "SSM");
    const start = (limits: LimitConfig, clock: Clock) => startService(backends, { limits }, clock, undefined, timeouts);
    const backends = {
      database: async () => databaseInRounds(servers.database, rounds),
      sessions: async () => new RedisSessionStore(held),
      rateLimits: async () => held,
      links: async () => new RedisLinkStore(held),
      mails: async () => ({
        put: (mail: Mail | NoMail) => rounds.hold(async () => void service.mails.push(mail), "SQS"),
      }),
      userCache: async () => new RedisUserCache(held, () => today, timeouts),
      signingKeys: () => readParameter({ current }),
      refreshTokenPeppers: () => readParameter({ current: pepper }),
    };
    service = await start(testConfig.limits, () => now);
    unmailed = await start(
      { ...testConfig.limits, mailByKindAndRecipient: { requests: 0, windowSeconds: 60 } },
      () => today,
    );
    const none = Object.keys(testConfig.limits).map((name) => [name, { requests: 0, windowSeconds: 60 }]);
    limited = await start(Object.fromEntries(none), () => today);
    argon2.hash = ((...args: Parameters<typeof hash>) => rounds.hold(() => hash(...args), "hash")) as typeof hash;
    argon2.verify = (...args) => rounds.hold(() => verify(...args), "verify");
    // So that each is warm: modules are loaded, and the database has its connections.
    for (const { send, after } of Object.values(cases).flatMap((each) => Object.values(each))) {
      const warmed = await subject();
      await after?.(warmed);
      await send(warmed);
    }
  });
  after(async () => {
    Object.assign(argon2, { hash, verify });
    await Promise.all([service.stop(), limited.stop(), unmailed.stop(), redis.close()]);
    await servers[Symbol.asyncDispose]();
  });

  async function subject(): Promise<Subject> {
    const [user, other] = [await service.register(), await service.register()];
    const activity = item();
    await user.send("POST", "/v1/activities", { body: { activities: [activity, item()] } });
    return { service, limited, unmailed, user, other, activity: activity.id };
  }

  for (const [route, ofRoute] of Object.entries(cases)) {
    for (const [when, { send, rounds: expected, after, isFrozen }] of Object.entries(ofRoute)) {
      it(`${[route, when].filter(Boolean).join(", ")}: ${expected.join(", ") || "none"}`, async () => {
        const user = await subject();
        await after?.(user);
        if (isFrozen) now += freezeMs;
        rounds.take();
        const { status } = await send(user);
        expect(rounds.take(), `status ${status}`).to.deep.equal(expected);
      });
    }
  }
}

describe("What a warm request waits for", () => {
  it("is known of each route", () => {
    expect(Object.keys(cases)).to.have.members(Object.keys(routes));
  });

  describe("on stand-ins", () => suite(standIns));

  const variables = ["MONGODB_URI", "REDIS_URL"];
  const missing = variables.find((name) => !process.env[name]) ?? variables[0]!;
  describeWith(missing, "on real services", () => suite(realServices));
});
