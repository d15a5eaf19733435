import { expect } from "chai";
import { MemorySessionStore } from "../../service/local/memory-session-store.ts";
import { UnavailableError } from "../../service/platform/deadline.ts";
import { defaultTimeouts } from "../../service/platform/timeouts.ts";
import { useEmbeddedDatabase } from "../support/database-suites.ts";
import { createFailingDatabase, createFailingDependency } from "../support/failing-dependency.ts";
import { closedAddress, unreachable } from "../support/real-errors.ts";
import {
  expectProblem,
  newPerson,
  startService,
  type TestService,
  type TestUser,
  testSigningKey,
} from "../support/service.ts";

describe("When a dependency fails", () => {
  let service: TestService;
  const embedded = useEmbeddedDatabase();
  const sessions = createFailingDependency(new MemorySessionStore(), unreachable.redis);
  let key: ReturnType<typeof createFailingDependency<Awaited<ReturnType<typeof testSigningKey>>>>;
  let database: ReturnType<typeof createFailingDatabase>;
  let user: TestUser;

  before(async () => {
    key = createFailingDependency(await testSigningKey(), unreachable.kms);
    database = createFailingDatabase(embedded());
    service = await startService({
      database: async () => database.proxy,
      sessions: async () => sessions.proxy,
      signingKeys: async () => ({ current: key.proxy }),
    });
    user = await service.register();
  });
  afterEach(() => {
    for (const { state } of [sessions, key, database]) state.down = false;
  });
  after(() => service.stop());

  const logIn = () => service.logIn(user);
  const getProfile = () => user.send("GET", "/v1/users/me");

  const expectUnavailable = (response: Awaited<ReturnType<typeof logIn>>) => {
    expectProblem(response, 503, "unavailable");
    expect(response.headers.get("retry-after")).to.equal("5");
    expect(JSON.stringify(response.body)).not.to.contain(closedAddress);
  };
  const refresh = () => service.refresh(user.refreshToken);
  const refreshes = async () => {
    const { status, body } = await refresh();
    expect(status).to.equal(200);
    Object.assign(user, { token: body.access_token, refreshToken: body.refresh_token });
  };

  it("without the session store: access tokens stay valid, login and refresh respond with 503", async () => {
    sessions.state.down = true;
    expect((await getProfile()).status).to.equal(200);
    expectUnavailable(await logIn());
    expectUnavailable(await refresh());
  });

  it("without the database: 503 for requests that need it, and refreshes continue", async () => {
    database.state.down = true;
    service.advance(301);
    expectUnavailable(await getProfile());
    expectUnavailable(await logIn());
    await refreshes();
  });

  it("without the signing key: verifying continues, issuing responds with 503", async () => {
    key.state.down = true;
    expect((await getProfile()).status).to.equal(200);
    expectUnavailable(await logIn());
  });

  for (const seconds of [0, 30]) {
    it(`a refresh whose token could not be signed may be sent again after ${seconds} s`, async () => {
      key.state.down = true;
      expectUnavailable(await refresh());
      service.advance(seconds);
      key.state.down = false;
      await refreshes();
    });
  }

  it("a failed registration may be sent again, whichever dependency failed", async () => {
    for (const { state } of [sessions, key, database]) {
      const person = newPerson();
      state.down = true;
      expectUnavailable(await service.send("POST", "/v1/auth/register", { body: person }));
      state.down = false;
      await service.register(person);
    }
  });

  it("a deletion without the session store leaves the account, to be deleted again", async () => {
    sessions.state.down = true;
    expectUnavailable(await user.send("DELETE", "/v1/users/me"));
    sessions.state.down = false;
    expect((await logIn()).status).to.equal(200);
  });

  it("readiness names the dependency that is down, and no address or error; liveness stays", async () => {
    const names = ["database", "redis", "signing_key"];
    const begun = Date.now();
    const up = await service.send("GET", "/health/ready");
    const elapsed = Date.now() - begun;
    expect([up.status, up.headers.get("retry-after")]).to.deep.equal([200, null]);
    for (const name of names) {
      expect(up.body.dependencies[name].status, name).to.equal("up");
      expect(up.body.dependencies[name].latency_ms, name)
        .to.be.a("number")
        .within(0, elapsed + 1);
    }
    for (const [index, { state }] of [database, sessions, key].entries()) {
      state.down = true;
      const { status, headers, body } = await service.send("GET", "/health/ready");
      state.down = false;
      expect([status, headers.get("retry-after")], names[index]).to.deep.equal([503, "5"]);
      const down = names.filter((name) => body.dependencies[name].status === "down");
      expect(down).to.deep.equal([names[index]]);
      expect(JSON.stringify(body)).not.to.contain(closedAddress);
    }
    database.state.down = true;
    expect((await service.send("GET", "/health/live")).body).to.deep.equal({ status: "up" });
  });

  it("the log says why, and the response does not", async () => {
    database.state.down = true;
    service.advance(301);
    const id = (await getProfile()).headers.get("x-request-id");
    const line = service.lines.find(({ request_id }) => request_id === id);
    expect(line).to.include({ level: "error", status: 503, route: "/v1/users/me" });
    expect(JSON.stringify(line)).to.contain(closedAddress);
  });
});

describe("A service", () => {
  it("is not ready while a dependency does not respond", async () => {
    const sessions = new MemorySessionStore();
    sessions.ping = () => new Promise(() => {});
    const timeouts = { ...defaultTimeouts, healthCheck: 500 };
    await using service = await startService({ sessions: async () => sessions }, {}, Date.now, undefined, timeouts);
    const { status, body } = await service.send("GET", "/health/ready");
    expect(status).to.equal(503);
    expect(body.dependencies.redis.status).to.equal("down");
    expect(body.dependencies.database.status).to.equal("up");
  });

  it("is not ready without the pepper", async () => {
    await using service = await startService({
      refreshTokenPeppers: () => Promise.reject(new Error("the parameter does not exist")),
    });
    expect((await service.send("GET", "/health/ready")).status).to.equal(503);
  });

  it("recovers with the first request after an unreachable dependency is back", async () => {
    const sessions = new MemorySessionStore();
    let isReachable = false;
    await using service = await startService({
      async sessions() {
        if (!isReachable) throw new UnavailableError("no connection");
        return sessions;
      },
    });
    const person = newPerson();
    expect((await service.send("POST", "/v1/auth/register", { body: person })).status).to.equal(503);
    isReachable = true;
    await service.register(person);
  });

  it("responds to a bug with a 500 that reveals nothing, and logs the error", async () => {
    await using service = await startService({
      sessions: () => Promise.reject(new TypeError("cannot read properties of undefined")),
    });
    const response = await service.send("POST", "/v1/auth/register", { body: newPerson() });
    expectProblem(response, 500, "internal");
    expect(JSON.stringify(response.body)).not.to.contain("properties");
    expect(JSON.stringify(service.lines)).to.contain("cannot read properties");
  });
});
