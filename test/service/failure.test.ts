import { expect } from "chai";
import { MemorySessionStore } from "../../service/local/memory-session-store.ts";
import { UnavailableError } from "../../service/platform/deadline.ts";
import { embeddedDatabase, type TestDatabase } from "../support/databases.ts";
import { createFailingDependency } from "../support/failing-dependency.ts";
import { newPerson, startService, type TestService, testSigningKey } from "../support/service.ts";

describe("When a dependency fails", () => {
  let service: TestService;
  let embedded: TestDatabase;
  const sessions = createFailingDependency(new MemorySessionStore());
  let key: ReturnType<typeof createFailingDependency<Awaited<ReturnType<typeof testSigningKey>>>>;
  let database: ReturnType<typeof createFailingDependency<TestDatabase["database"]>>;
  let person: ReturnType<typeof newPerson>;
  let tokens: { access_token: string; refresh_token: string };

  before(async () => {
    embedded = await embeddedDatabase();
    key = createFailingDependency(await testSigningKey());
    const users = createFailingDependency(embedded.database.collection("users"));
    database = createFailingDependency(embedded.database);
    database.proxy.collection = (() => users.proxy) as never;
    Object.defineProperty(users.state, "down", { get: () => database.state.down });
    service = await startService({
      database: async () => database.proxy,
      sessions: async () => sessions.proxy,
      signingKeys: async () => ({ current: key.proxy }),
    });
    person = newPerson();
    tokens = (await service.send("POST", "/v1/auth/register", { body: person })).body;
  });
  afterEach(() => {
    for (const { state } of [sessions, key, database]) state.down = false;
  });
  after(async () => {
    await service.stop();
    await embedded.remove();
  });

  const login = () =>
    service.send("POST", "/v1/auth/login", { body: { email: person.email, password: person.password } });
  const refresh = () =>
    service.send("POST", "/v1/auth/refresh", { body: { refresh_token: tokens.refresh_token } });
  const me = () => service.send("GET", "/v1/users/me", { token: tokens.access_token });

  const expectUnavailable = ({ status, headers, body }: Awaited<ReturnType<typeof me>>) => {
    expect(status).to.equal(503);
    expect(headers.get("retry-after")).to.equal("5");
    expect(body.type).to.equal("https://ecobeat.app/problems/unavailable");
    expect(JSON.stringify(body)).not.to.contain("secret-host");
  };

  it("without the session store: access tokens go on working, login and refresh answer 503", async () => {
    sessions.state.down = true;
    expect((await me()).status).to.equal(200);
    expectUnavailable(await login());
    expectUnavailable(await refresh());
  });

  it("without the database: 503 for what needs it, and refreshing goes on", async () => {
    database.state.down = true;
    service.advance(301);
    expectUnavailable(await me());
    expectUnavailable(await login());
    const answer = await refresh();
    expect(answer.status).to.equal(200);
    tokens = answer.body;
  });

  it("without the signing key: verifying goes on, issuing answers 503", async () => {
    key.state.down = true;
    expect((await me()).status).to.equal(200);
    expectUnavailable(await login());
  });

  it("a refresh whose token could not be signed may be sent again", async () => {
    key.state.down = true;
    expectUnavailable(await refresh());
    key.state.down = false;
    const answer = await refresh();
    expect(answer.status).to.equal(200);
    tokens = answer.body;
  });

  it("a registration that failed may be sent again, whatever it was that failed", async () => {
    for (const { state } of [sessions, key, database]) {
      const body = newPerson();
      state.down = true;
      expectUnavailable(await service.send("POST", "/v1/auth/register", { body }));
      state.down = false;
      expect((await service.send("POST", "/v1/auth/register", { body })).status).to.equal(201);
    }
  });

  it("a refresh that failed late may be sent again when our own answer says", async () => {
    key.state.down = true;
    expectUnavailable(await refresh());
    service.advance(30);
    key.state.down = false;
    const answer = await refresh();
    expect(answer.status).to.equal(200);
    tokens = answer.body;
  });

  it("a deletion without the session store leaves the account, to be deleted again", async () => {
    sessions.state.down = true;
    expectUnavailable(await service.send("DELETE", "/v1/users/me", { token: tokens.access_token }));
    sessions.state.down = false;
    expect((await login()).status).to.equal(200);
  });

  it("readiness names the dependency that is down, and no address or error; liveness stays", async () => {
    const up = await service.send("GET", "/health/ready");
    expect(up.status).to.equal(200);
    for (const dependency of ["database", "redis", "signing_key"]) {
      expect(up.body.dependencies[dependency].status, dependency).to.equal("up");
      expect(up.body.dependencies[dependency].latency_ms, dependency).to.be.a("number").within(0, 3_500);
    }
    for (const [dependency, { state }] of Object.entries({ database, redis: sessions, signing_key: key })) {
      state.down = true;
      const { status, body } = await service.send("GET", "/health/ready");
      state.down = false;
      expect(status, dependency).to.equal(503);
      expect(body.dependencies[dependency].status).to.equal("down");
      expect(
        Object.values<{ status: string }>(body.dependencies).filter(({ status }) => status === "up"),
      ).to.have.length(2);
      expect(JSON.stringify(body)).not.to.contain("secret-host");
    }
    database.state.down = true;
    expect((await service.send("GET", "/health/live")).body).to.deep.equal({ status: "up" });
  });

  it("the log says why, and the answer does not", async () => {
    database.state.down = true;
    service.advance(301);
    const answer = await me();
    const line = service.lines.find(({ request_id }) => request_id === answer.headers.get("x-request-id"));
    expect(line).to.include({ level: "error", status: 503, route: "/v1/users/me" });
    expect(JSON.stringify(line)).to.contain("secret-host");
  });
});

describe("When a dependency never answers", () => {
  it("readiness says so after its own deadline", async () => {
    const sessions = new MemorySessionStore();
    sessions.ping = () => new Promise(() => {});
    const service = await startService({ sessions: async () => sessions });
    const { status, body } = await service.send("GET", "/health/ready");
    expect(status).to.equal(503);
    expect(body.dependencies.redis.status).to.equal("down");
    expect(body.dependencies.database.status).to.equal("up");
    await service.stop();
  });
});

describe("When the pepper is missing", () => {
  it("the service is not ready", async () => {
    const service = await startService({
      refreshTokenPepper: async () => {
        throw new Error("the parameter does not exist");
      },
    });
    expect((await service.send("GET", "/health/ready")).status).to.equal(503);
    await service.stop();
  });
});

describe("When a dependency cannot be reached at first", () => {
  it("the service recovers with the first request after it is back", async () => {
    const sessions = new MemorySessionStore();
    let reachable = false;
    const service = await startService({
      sessions: async () => {
        if (!reachable) throw new UnavailableError("no connection");
        return sessions;
      },
    });
    const person = newPerson();
    expect((await service.send("POST", "/v1/auth/register", { body: person })).status).to.equal(503);
    reachable = true;
    expect((await service.send("POST", "/v1/auth/register", { body: person })).status).to.equal(201);
    await service.stop();
  });
});

describe("When the code is wrong", () => {
  it("the answer is a 500 that tells nothing, and the log has the error", async () => {
    const service = await startService({
      sessions: async () => {
        throw new TypeError("cannot read properties of undefined");
      },
    });
    const { status, body } = await service.send("POST", "/v1/auth/register", { body: newPerson() });
    expect(status).to.equal(500);
    expect(body.type).to.equal("https://ecobeat.app/problems/internal");
    expect(JSON.stringify(body)).not.to.contain("properties");
    expect(JSON.stringify(service.lines)).to.contain("cannot read properties");
    await service.stop();
  });
});
