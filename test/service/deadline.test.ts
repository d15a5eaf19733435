import { once } from "node:events";
import { Agent, createServer, request as send } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import type { Context } from "aws-lambda";
import { expect } from "chai";
import type { Db } from "mongodb";
import { toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";
import { createApp } from "../../service/app.ts";
import { apiGatewayHandler, gatewayRemainingMilliseconds, gatewayRequestId } from "../../service/cloud/api-gateway.ts";
import { MemorySessionStore } from "../../service/local/memory-session-store.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { defaultTimeouts } from "../../service/platform/timeouts.ts";
import { embeddedDatabase } from "../support/databases.ts";
import { type Failures, type FakeCloud, startFakeCloud } from "../support/fake-cloud.ts";
import {
  type ApiResponse,
  expectProblem,
  newPerson,
  startService,
  type TestService,
  testConfig,
} from "../support/service.ts";

/** All other timeouts are those of production: only the deadline can end a wait so early. */
const timeouts = { ...defaultTimeouts, request: 400 };

const start = (backends: Parameters<typeof startService>[0], { request = timeouts.request } = {}) =>
  startService(backends, {}, Date.now, undefined, { ...timeouts, request });

const hour = 60 * 60 * 1_000;

/** The only line of the last request. */
function getLine({ lines }: TestService, { headers }: ApiResponse): Record<string, unknown> & { cause: Error } {
  const found = lines.filter(({ request_id }) => request_id === headers.get("x-request-id"));
  expect(found).to.have.length(1);
  return found[0] as never;
}

function expectUnavailable(response: ApiResponse): void {
  expectProblem(response, 503, "unavailable");
  expect(response.headers.get("retry-after")).to.equal("5");
}

describe("The deadline of a request", () => {
  let cloud: FakeCloud;
  let user: { email: string; password: string; token: string; refreshToken: string };

  before(async () => {
    cloud = await startFakeCloud();
    const { backends, close } = cloud.start();
    await using service = await startService(backends);
    user = await service.register();
    await close();
  });
  after(() => cloud.stop());
  afterEach(() => {
    for (const name of Object.keys(cloud.failures)) delete cloud.failures[name as keyof Failures];
  });

  const silence = () => "silence" as const;
  const isScript = ([name]: readonly string[]) => name === "EVAL";
  const logIn = (service: TestService) => service.logIn(user);
  const refresh = (service: TestService) => service.refresh(user.refreshToken);
  const faults: Record<string, [Partial<Failures>, typeof logIn, what: string, dependency?: string]> = {
    "MongoDB does not reply": [
      { MongoDB: (name) => (name === "find" ? new Promise(() => {}) : undefined) },
      logIn,
      "MongoDB",
      "database",
    ],
    "MongoDB accepts no login": [
      { MongoDB: (name) => (name === "saslStart" ? new Promise(() => {}) : undefined) },
      logIn,
      "MongoDB",
      "database",
    ],
    "Redis does not reply": [
      { Redis: (command) => (isScript(command) ? "silence" : undefined) },
      refresh,
      "Redis",
      "redis",
    ],
    "KMS does not sign": [{ KMS: (action) => (action === "Sign" ? "silence" : undefined) }, refresh, "KMS"],
    "KMS sends half a signature": [{ KMS: (action) => (action === "Sign" ? "stuck" : undefined) }, refresh, "KMS"],
    "SSM does not respond": [{ SSM: silence }, logIn, "SSM"],
  };

  for (const [name, [failures, request, what, dependency]] of Object.entries(faults)) {
    it(`ends it with 503 and one line that names what it waited for, when ${name}`, async () => {
      Object.assign(cloud.failures, failures);
      const { backends, close } = cloud.start(Date.now, timeouts);
      await using service = await start(backends);
      const response = await request(service);
      expectUnavailable(response);
      const line = getLine(service, response);
      expect(line.cause.message).to.equal(`${what} did not respond before the deadline of the request`);
      expect(line.dependency).to.equal(dependency);
      await close();
    });
  }

  it("counts for several operations together, and no step begins after it", async () => {
    const { backends, close } = cloud.start(Date.now, timeouts);
    await using service = await start(backends);
    const delays: Promise<void>[] = [];
    cloud.failures.MongoDB = async (name) => {
      if (!["update", "delete"].includes(name)) return undefined;
      delays.push(wait(timeouts.request / 2));
      await delays.at(-1);
      return undefined;
    };
    const deleteAccount = () => service.send("DELETE", "/v1/users/me", { token: user.token });
    expectUnavailable(await deleteAccount());
    // Whatever was to come later would be there when another request has had its own.
    expectUnavailable(await deleteAccount());
    delete cloud.failures.MongoDB;
    expect(delays).not.to.be.empty;
    await Promise.all(delays);
    // The account is deleted last.
    expect((await service.logIn(user)).status).to.equal(200);
    await close();
  });
});

describe("A handler that does not react to its deadline", () => {
  const gate = <T>() => {
    let open: (value: T | PromiseLike<T>) => void = () => {};
    const opened = new Promise<T>((resolve) => {
      open = resolve;
    });
    return { open, opened };
  };

  const outcomes: Record<string, (open: (value: never) => void) => void> = {
    "responds after it": (open) => open([] as never),
    "fails after it": (open) => open(Promise.reject(new TypeError("a bug")) as never),
    "never responds": () => {},
  };
  for (const [name, end] of Object.entries(outcomes)) {
    it(`and ${name} gets one response, one line, and keeps the connection of its client`, async () => {
      const sessions = new MemorySessionStore();
      await using service = await start({ sessions: async () => sessions });
      const { token } = await service.register();
      const { open, opened } = gate<never>();
      const list = sessions.list.bind(sessions);
      sessions.list = () => opened;

      const server = createServer(service.app);
      await once(server.listen(0, "127.0.0.1"), "listening");
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const get = async () => {
        const { port } = server.address() as { port: number };
        const headers = { Authorization: `Bearer ${token}` };
        const outgoing = send({ port, path: "/v1/sessions", agent, headers }).end();
        const [response] = await once(outgoing, "response");
        const body = JSON.parse(await text(response));
        const id = response.headers["x-request-id"];
        return {
          status: response.statusCode,
          headers: response.headers,
          body,
          id,
          localPort: outgoing.socket!.localPort,
        };
      };
      const first = await get();
      expect([first.status, first.headers["retry-after"]]).to.deep.equal([503, "5"]);
      expect(first.body.instance).to.equal(`urn:request:${first.id}`);

      end(open as never);
      sessions.list = list;
      const second = await get();
      expect([second.status, second.localPort]).to.deep.equal([200, first.localPort]);
      const lines = service.lines.filter(({ request_id }) => request_id === first.id);
      expect(lines.map(({ status }) => status)).to.deep.equal([503]);
      expect(lines[0]).not.to.have.property("aborted");
      agent.destroy();
      server.closeAllConnections();
      server.close();
    });
  }

  it("does not end what another request waits for, too", async () => {
    const { database, remove } = await embeddedDatabase();
    const { open, opened } = gate<Db>();
    let connections = 0;
    const asked = gate<void>();
    await using service = await start({
      database: () => {
        connections += 1;
        asked.open();
        return opened;
      },
    });
    const { email, password } = newPerson();
    const first = await service.logIn({ email, password });
    expectUnavailable(first);
    expect(getLine(service, first).dependency).to.equal("database");
    const second = service.logIn({ email, password });
    await asked.opened;
    open(database);
    expect((await second).status).to.equal(401);
    expect(connections).to.equal(1);
    await remove();
  });
});

describe("A client that still sends its body", () => {
  it("is not told that the service is unavailable", async () => {
    await using service = await start({});
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    const body = '{"email":"no address"}';
    socket.write(
      `POST /v1/auth/login HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.slice(0, 5));
    await wait(timeouts.request * 1.5);
    socket.write(body.slice(5));
    expect(await text(socket)).to.match(/^HTTP\/1.1 422 /);
  });
});

describe("The deadline of a request in Lambda", () => {
  it("is before the end of the function's time, by the margin", async () => {
    const sessions = new MemorySessionStore();
    const lines: Record<string, unknown>[] = [];
    await using service = await startService({ sessions: async () => sessions });
    const { token } = await service.register();
    sessions.revokeAll = () => new Promise(() => {});
    const { backends } = service;
    const app = createApp({
      config: testConfig,
      backends,
      log: jsonLogger((line) => lines.push(JSON.parse(line))),
      requestId: gatewayRequestId,
      remainingMilliseconds: gatewayRemainingMilliseconds,
      timeouts: { ...defaultTimeouts, request: 2 * hour, requestMargin: hour },
    });
    const context = { awsRequestId: "id", getRemainingTimeInMillis: () => hour + 100 } as Context;
    const event = toApiGatewayEvent({ method: "DELETE", path: "/v1/sessions", token });
    const { statusCode, multiValueHeaders } = await apiGatewayHandler(app)(event, context);
    expect([statusCode, multiValueHeaders!["retry-after"]]).to.deep.equal([503, ["5"]]);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ status: 503, route: "/v1/sessions" }).and.not.to.have.property("aborted");
  });
});
