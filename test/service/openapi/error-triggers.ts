import { randomBytes } from "node:crypto";
import type { Db } from "mongodb";
import type { ServiceConfig } from "../../../service/config.ts";
import type { Backends } from "../../../service/dependencies.ts";
import { MemoryLinkStore } from "../../../service/local/memory-link-store.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { MemoryUserCache } from "../../../service/local/memory-user-cache.ts";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { getToken } from "../../support/mails.ts";
import { type DocumentedOperation, documentedOperations } from "../../support/openapi.ts";
import {
  type ApiResponse,
  cheapPasswords,
  newPerson,
  startService,
  type TestService,
  testConfig,
  testSigningKey,
} from "../../support/service.ts";
import { apiKey, reuseRequest, send, type TestRequest, toRequest } from "./requests.ts";

/** Services with the same data, each with another fault. */
export interface Services {
  healthy: TestService;
  /** Its dependencies fail with an unexpected error. */
  broken: TestService;
  /** Its dependencies are unavailable. */
  unavailable: TestService;
  /** Refuses all counted requests. */
  strict: TestService;
  /** Has no memory left to check passwords. */
  busy: TestService;
  /** Loses a race at each replacement. */
  losing: TestService;
  stop(): Promise<void>;
}

/** @param database with its indexes */
export async function startServices(database: Db): Promise<Services> {
  const [key, store, pepper] = [await testSigningKey(), new MemorySessionStore(), randomBytes(32)];
  const [cache, links] = [new MemoryUserCache(), new MemoryLinkStore()];
  const shared: Omit<Backends, "mails"> = {
    database: async () => database,
    sessions: async () => store,
    signingKeys: async () => ({ current: key }),
    refreshTokenPeppers: async () => ({ current: pepper }),
    rateLimits: async () => undefined,
    links: async () => links,
    userCache: async () => cache,
  };
  const failing = (error: Error) =>
    Object.fromEntries([...Object.keys(shared), "mails"].map((name) => [name, () => Promise.reject(error)]));
  const losingUsers = new Proxy(database.collection("users"), {
    get: (target, name) =>
      name === "updateOne" ? async () => ({ modifiedCount: 0 }) : Reflect.get(target, name).bind(target),
  });
  const none = { requests: 0, windowSeconds: 60 };
  const limits = Object.fromEntries(Object.keys(testConfig.limits).map((name) => [name, none])) as never;
  const start = (backends: Partial<Backends>, config: Partial<ServiceConfig> = {}) =>
    startService(backends, { apiKey, ...config });
  const services = {
    healthy: await start(shared, { minimumAppVersion: "1.4.0" }),
    broken: await start(failing(new Error("unexpected"))),
    unavailable: await start(failing(new UnavailableError("down"))),
    strict: await start(shared, { limits }),
    busy: await start(shared, { passwords: { ...cheapPasswords, concurrency: 0 } }),
    losing: await start({ ...shared, database: async () => ({ collection: () => losingUsers }) as never }),
  };
  return {
    ...services,
    async stop() {
      for (const service of Object.values(services)) await service.stop();
    },
  };
}

const findOperation = (id: string) => documentedOperations.find(({ operationId }) => operationId === id)!;
const [confirmation, emailChange, sessionList] = ["confirmEmail", "changeEmail", "listSessions"].map(findOperation) as [
  DocumentedOperation,
  DocumentedOperation,
  DocumentedOperation,
];

/** A request that causes a problem. */
type ErrorTrigger = (services: Services, operation: DocumentedOperation) => Promise<ApiResponse>;

/** Sends a valid request with a change to one of the services. */
const withChange =
  (
    change: (request: TestRequest) => Partial<TestRequest>,
    name: Exclude<keyof Services, "stop"> = "healthy",
  ): ErrorTrigger =>
  async (services, operation) => {
    const request = await reuseRequest(services.healthy, operation);
    return send(services[name], operation, { ...request, ...change(request) });
  };

const withHeaders = (headers: Record<string, string>, body?: unknown): ErrorTrigger =>
  withChange((request) => ({ headers: { ...request.headers, ...headers }, ...(body !== undefined && { body }) }));

const withBody = (members: Record<string, unknown>): ErrorTrigger =>
  withChange(({ body }) => ({ body: { ...(body as object), ...members } }));

const unchanged = (name: Exclude<keyof Services, "stop">): ErrorTrigger => withChange(() => ({}), name);

/** By the last part of the problem's type. */
export const errorTriggers: Record<string, ErrorTrigger> = {
  "malformed-json": withChange(() => ({ body: "{" })),
  "invalid-utf-8": withChange(() => ({ body: Uint8Array.of(0x7b, 0xff, 0x7d) })),
  "malformed-request": (services, operation) => {
    const trigger = operation.requestBody
      ? withHeaders({ "content-encoding": "gzip" }, "not packed")
      : withChange(() => ({ path: operation.path.replace(/\{\w+\}/, "%E0%A4%A") }));
    return trigger(services, operation);
  },
  "missing-token": withChange(({ path, headers, body }) => ({ path, headers, body, token: "" })),
  "invalid-token": withChange(() => ({ token: "not.a.token" })),
  "invalid-credentials": withBody({ password: "another password" }),
  "invalid-link": withBody({ token: "never issued" }),
  "email-not-verified": async ({ healthy }, operation) => {
    const [another, request] = [await toRequest(healthy, sessionList), await reuseRequest(healthy, operation)];
    return send(healthy, operation, { ...request, token: another.token! });
  },
  "wrong-password": withBody({ current_password: "another password" }),
  "invalid-refresh-token": withBody({ refresh_token: "never issued" }),
  "refresh-token-reused": async ({ healthy }, operation) => {
    const request = await reuseRequest(healthy, operation);
    const { body } = await send(healthy, operation, request);
    await send(healthy, operation, { ...request, body: { refresh_token: body.refresh_token } });
    return send(healthy, operation, request);
  },
  "api-key-refused": withHeaders({ "x-api-key": "another key" }),
  "invalid-app-version": withHeaders({ "x-app-version": "1.x" }),
  "app-version-too-old": withHeaders({ "x-app-version": "1.3.9" }),
  "invalid-idempotency-key": withHeaders({ "idempotency-key": "short" }),
  "idempotency-key-reused": async (services, operation) => {
    const trigger = withHeaders({ "idempotency-key": randomBytes(16).toString("hex") });
    await trigger(services, operation);
    return trigger(services, operation);
  },
  "session-not-found": withChange(() => ({ path: "/v1/sessions/none" })),
  "invalid-query": withChange(({ path }) => ({ path: `${path}${path.includes("?") ? "&" : "?"}unknown=1` })),
  "activity-not-found": withChange(() => ({ path: "/v1/activities/none" })),
  "precondition-required": withChange(({ headers: { "if-match": _, ...headers } }) => ({ headers })),
  "invalid-precondition": withHeaders({ "if-none-match": "1" }),
  "precondition-failed": withHeaders({ "if-match": '"99"' }),
  "not-found": withChange(({ path }) => ({ path: path.replace(/(?=\?|$)/, "/nothing/at/all") })),
  "email-taken": async ({ healthy }, operation) => {
    if (operation === confirmation) return confirmTaken(healthy);
    const request = await reuseRequest(healthy, operation);
    await send(healthy, operation, request);
    return send(healthy, operation, request);
  },
  "concurrent-modification": unchanged("losing"),
  "unknown-kind": withBody({ kind: "e_scooter_trip" }),
  "unknown-member": withBody({ device: "phone" }),
  "body-too-large": withChange(() => ({ body: { name: "x".repeat(101 * 1024) } })),
  "unsupported-content-encoding": withHeaders({ "content-encoding": "zstd" }),
  "unsupported-media-type": withHeaders({ "content-type": "text/plain" }, "text"),
  "invalid-body": withChange(() => ({ body: { unknown: true } })),
  "common-password": (services, operation) =>
    withBody({ [operation.operationId === "register" ? "password" : "new_password"]: "password123" })(
      services,
      operation,
    ),
  "too-many-logins": unchanged("busy"),
  "too-many-requests": unchanged("strict"),
  internal: unchanged("broken"),
  unavailable: unchanged("unavailable"),
};

/** Confirms a change to an address that someone else registers meanwhile. */
async function confirmTaken(service: TestService): Promise<ApiResponse> {
  const { email } = newPerson();
  const request = await toRequest(service, emailChange);
  await send(service, emailChange, { ...request, body: { ...(request.body as object), new_email: email } });
  await service.register({ email }, { "x-api-key": apiKey });
  const token = getToken(service, "email-change", email);
  return send(service, confirmation, { path: confirmation.path, headers: request.headers, body: { token } });
}

const methods = ["PUT", "POST", "PATCH", "DELETE", "GET"];

/** Sends a method that the operation's path does not support. */
export const otherMethod =
  (known: readonly string[]): ErrorTrigger =>
  async ({ healthy }, operation) => {
    const method = methods.find((each) => !known.includes(each))!;
    return send(healthy, { method }, await reuseRequest(healthy, operation));
  };
