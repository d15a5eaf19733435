import { once } from "node:events";
import { createServer } from "node:http";
import { expect } from "chai";
import fc from "fast-check";
import { startTcpProxy, type TcpProxy } from "../../scripts/drill/tcp-proxy.ts";
import { AwakeTimer } from "../../service/platform/awake-timer.ts";
import { listenHttp } from "../support/listen.ts";
import {
  type ProxiedCloud,
  type ProxiedService,
  proxiedServices,
  startProxiedCloud,
} from "../support/proxied-cloud.ts";
import { clockFromToday, problemType, startService, type TestUser } from "../support/service.ts";
import { shortTimeouts } from "../support/short-timeouts.ts";
import { isThorough } from "../support/thorough.ts";
import { item } from "./activities/support.ts";

const faults: Record<string, (proxy: TcpProxy) => void> = {
  silent: (proxy) => proxy.blackhole(),
  cut: (proxy) => proxy.cut(),
  "a little slow": (proxy) => proxy.addLatency(5),
  "too slow": (proxy) => proxy.addLatency(100),
};

/** What happens to a process. */
type Step = { fail: ProxiedService; fault: string } | { recover: ProxiedService } | { send: readonly Kind[] };

const requests = {
  login: ({ email, password }: TestUser) => ["POST", "/v1/auth/login", { email, password }],
  refresh: ({ refreshToken }: TestUser) => ["POST", "/v1/auth/refresh", { refresh_token: refreshToken }],
  profile: () => ["GET", "/v1/users/me"],
  sessions: () => ["GET", "/v1/sessions"],
  list: () => ["GET", "/v1/activities"],
  batch: () => ["POST", "/v1/activities", { activities: [item(), item()] }],
  export: () => ["GET", "/v1/users/me/export"],
  keys: () => ["GET", "/.well-known/jwks.json"],
} as const satisfies Record<string, (user: TestUser) => readonly [method: string, path: string, body?: unknown]>;
type Kind = keyof typeof requests;
const kinds = Object.keys(requests) as Kind[];

/** Something that a response contains only if it is right. */
const expectedContent: Record<Kind, (body: Record<string, unknown>, user: TestUser) => boolean> = {
  login: ({ access_token }) => typeof access_token === "string",
  refresh: ({ refresh_token }) => typeof refresh_token === "string",
  profile: ({ id }, user) => id === user.id,
  sessions: ({ sessions }) => Array.isArray(sessions),
  list: ({ activities }) => Array.isArray(activities),
  batch: ({ results }) => (results as { status: string }[]).map(({ status }) => status).join() === "created,created",
  export: ({ profile }, user) => (profile as { id: string }).id === user.id,
  keys: ({ keys }) => (keys as unknown[]).length === 1,
};

const service = fc.constantFrom(...proxiedServices);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ fail: service, fault: fc.constantFrom(...Object.keys(faults)) }) },
  { weight: 2, arbitrary: fc.record({ recover: service }) },
  { weight: 4, arbitrary: fc.record({ send: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 3 }) }) },
);

describe("Whatever order its services fail and recover in", () => {
  let proxied: ProxiedCloud<TcpProxy>;
  let user: TestUser;

  before(async () => {
    proxied = await startProxiedCloud((port) => startTcpProxy("127.0.0.1", port));
    const { backends, close } = proxied.cloud.start(clockFromToday);
    await using service = await startService(backends, {}, clockFromToday);
    user = await service.register();
    // The cloud has no queue here.
    const users = (await backends.database()).collection("users");
    await users.updateOne({ _id: user.id as never }, { $set: { emailVerifiedAt: new Date(clockFromToday()) } });
    await close();
  });
  after(() => proxied.stop());

  it("a process answers each request by its deadline, and works when they work", async function () {
    this.timeout(600_000);
    const run = async (steps: readonly Step[]) => {
      const { backends, close } = proxied.cloud.start(clockFromToday, shortTimeouts);
      await using service = await startService(backends, {}, clockFromToday, undefined, shortTimeouts);
      const late: string[] = [];
      const server = createServer((request, response) => {
        // A busy machine delays both timers: the later one still fires after the response.
        const timer = new AwakeTimer(1.25 * shortTimeouts.request, () => {
          setImmediate(() => response.writableEnded || late.push(request.url!));
        });
        once(response, "close").then(() => timer.cancel());
        service.app(request, response);
      });
      const url = await listenHttp(server);
      const send = async (kind: Kind) => {
        const [method, path, body] = requests[kind](user) as [string, string, unknown?];
        const response = await fetch(url + path, {
          method,
          headers: {
            Authorization: `Bearer ${user.token}`,
            ...(body !== undefined && { "Content-Type": "application/json" }),
          },
          body: body === undefined ? null : JSON.stringify(body),
        });
        return { kind, response, body: (await response.json()) as Record<string, unknown> };
      };
      try {
        for (const each of steps) {
          if ("fail" in each) faults[each.fault]!(proxied.proxies[each.fail]);
          else if ("recover" in each) proxied.proxies[each.recover].restore();
          else {
            for (const { kind, response, body } of await Promise.all(each.send.map(send))) {
              if (response.status === 200) expect(expectedContent[kind](body, user), kind).to.equal(true);
              else {
                expect([response.status, body.type], kind).to.deep.equal([503, problemType("unavailable")]);
                expect(response.headers.get("retry-after")).to.equal("5");
              }
            }
          }
        }
        for (const each of proxiedServices) proxied.proxies[each].restore();
        // A busy machine may exceed a fiftieth of a timeout without any fault. The test ends when all have succeeded.
        for (const kind of kinds) {
          while ((await send(kind)).response.status !== 200);
        }
        expect(late).to.deep.equal([]);
        for (const { cause } of service.lines as { cause?: { name: string } }[]) {
          if (cause) expect(cause.name).not.to.equal("TypeError");
        }
      } finally {
        for (const each of proxiedServices) proxied.proxies[each].restore();
        server.closeAllConnections();
        server.close();
        await close();
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), run), {
      numRuns: isThorough ? 25 : 5,
    });
  });
});
