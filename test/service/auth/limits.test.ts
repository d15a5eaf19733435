import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { LimitConfig } from "../../../service/config.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import type { Backends } from "../../../service/dependencies.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { embeddedDatabase } from "../../support/databases.ts";
import { describeWith } from "../../support/real-services.ts";
import {
  newPerson,
  startService,
  type TestService,
  testConfig,
  testSigningKey,
} from "../../support/service.ts";

const twice = { requests: 2, windowSeconds: 60 };

/** A service behind one proxy, so that a test can choose its address. */
const limited = (limits: Partial<LimitConfig>, redis?: RedisConnection, backends: Partial<Backends> = {}) =>
  startService(
    { rateLimits: async () => redis, ...backends },
    { limits: { ...testConfig.limits, ...limits }, trustedProxies: 1 },
  );

const address = () => ({
  "x-forwarded-for": `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}::1`,
});
const login = (
  service: TestService,
  email: string,
  headers: Record<string, string>,
  password = "wrong password",
) => service.send("POST", "/v1/auth/login", { body: { email, password }, headers });

function limitRules(redis: () => RedisConnection | undefined) {
  let service: TestService;
  afterEach(() => service.stop());

  it("answers 429 to a login too many, says when to try again, and tells the log", async () => {
    service = await limited({ loginByAccountAndAddress: twice }, redis());
    const [person, here] = [newPerson(), address()];
    const first = await login(service, person.email, here);
    expect(first.status).to.equal(401);
    expect(first.headers.get("ratelimit-policy")).to.equal(
      '"login-account";q=2;w=60, "login-address";q=10000;w=60',
    );
    expect(first.headers.get("ratelimit")).to.match(/^"login-account";r=1;t=(60|59)$/);
    await login(service, person.email, here);
    const third = await login(service, person.email.toUpperCase(), here);
    expect(third.status).to.equal(429);
    expect(third.body.type).to.equal("https://ecobeat.app/problems/too-many-requests");
    expect(Number(third.headers.get("retry-after"))).to.be.within(50, 60);
    expect(service.lines.find(({ event }) => event === "rate_limited")).to.include({ level: "warn" });
  });

  it("counts what is no e-mail address as well", async () => {
    service = await limited({ loginByAccountAndAddress: twice }, redis());
    const here = address();
    const answers = [];
    for (const name of ["Nobody", "nobody", "NOBODY"])
      answers.push((await login(service, name, here)).status);
    expect(answers).to.deep.equal([401, 401, 429]);
  });

  it("does not let a stranger keep an owner out", async () => {
    service = await limited({ loginByAccountAndAddress: twice }, redis());
    const [person, stranger] = [newPerson(), address()];
    await service.send("POST", "/v1/auth/register", { body: person });
    for (let i = 0; i < 5; i++) await login(service, person.email, stranger);
    expect((await login(service, person.email, address(), person.password)).status).to.equal(200);
  });

  it("does not count logins with the right password", async () => {
    service = await limited({ loginByAccountAndAddress: twice, loginByAddress: twice }, redis());
    const [person, here] = [newPerson(), address()];
    await service.send("POST", "/v1/auth/register", { body: person });
    for (let i = 0; i < 5; i++)
      expect((await login(service, person.email, here, person.password)).status).to.equal(200);
  });

  it("limits the logins of an account with the right password, from all addresses together", async () => {
    service = await limited({ loginsByUser: twice }, redis());
    const [person, other] = [newPerson(), newPerson()];
    for (const body of [person, other]) await service.send("POST", "/v1/auth/register", { body });
    const first = await login(service, person.email, address(), person.password);
    expect(first.status).to.equal(200);
    expect(first.headers.get("ratelimit-policy")).to.equal('"login-user";q=2;w=60');
    expect(first.headers.get("ratelimit")).to.match(/^"login-user";r=1;t=(60|59)$/);
    expect((await login(service, person.email, address(), person.password)).status).to.equal(200);
    const third = await login(service, person.email, address(), person.password);
    expect(third.status).to.equal(429);
    expect(third.body.type).to.equal("https://ecobeat.app/problems/too-many-requests");
    expect(third.headers.get("ratelimit")).to.match(/^"login-user";r=0;t=\d+$/);
    expect(Number(third.headers.get("retry-after"))).to.be.within(50, 60);
    expect(service.lines.find(({ event }) => event === "rate_limited")).to.include({ level: "warn" });
    expect((await login(service, other.email, address(), other.password)).status).to.equal(200);
  });

  it("signs nothing for a login too many", async () => {
    const key = await testSigningKey();
    service = await limited({ loginsByUser: twice }, redis(), {
      signingKeys: async () => ({ current: key }),
    });
    const person = newPerson();
    await service.send("POST", "/v1/auth/register", { body: person });
    for (let i = 0; i < 5; i++) await login(service, person.email, address(), person.password);
    expect(key.signatures).to.equal(3);
  });

  it("does not let a stranger use up the logins of an owner", async () => {
    service = await limited({ loginsByUser: twice }, redis());
    const person = newPerson();
    await service.send("POST", "/v1/auth/register", { body: person });
    for (let i = 0; i < 5; i++) await login(service, person.email, address());
    for (let i = 0; i < 2; i++)
      expect((await login(service, person.email, address(), person.password)).status).to.equal(200);
  });

  it("does not count logins that end without tokens", async () => {
    const sessions = new MemorySessionStore();
    const { create } = sessions;
    service = await limited({ loginsByUser: twice }, redis(), { sessions: async () => sessions });
    const person = newPerson();
    await service.send("POST", "/v1/auth/register", { body: person });
    sessions.create = () => Promise.reject(new UnavailableError("down"));
    for (let i = 0; i < 4; i++)
      expect((await login(service, person.email, address(), person.password)).status).to.equal(503);
    sessions.create = create;
    expect((await login(service, person.email, address(), person.password)).status).to.equal(200);
  });

  it("does not count what fails by our own fault", async () => {
    const { database, remove } = await embeddedDatabase();
    let down = false;
    const users = database.collection("users");
    const failing = new Proxy(users, {
      get(target, name) {
        const method = Reflect.get(target, name);
        return (...values: unknown[]) =>
          down ? Promise.reject(new UnavailableError("down")) : method.apply(target, values);
      },
    });
    service = await startService(
      { rateLimits: async () => redis(), database: async () => ({ collection: () => failing }) as never },
      { limits: { ...testConfig.limits, loginByAccountAndAddress: twice }, trustedProxies: 1 },
    );
    const [person, here] = [newPerson(), address()];
    await service.send("POST", "/v1/auth/register", { body: person });
    down = true;
    for (let i = 0; i < 4; i++)
      expect((await login(service, person.email, here, person.password)).status).to.equal(503);
    down = false;
    expect((await login(service, person.email, here, person.password)).status).to.equal(200);
    await remove();
  });

  it("limits the tries of who changes a password, but not for the one who knows it", async () => {
    service = await limited({ passwordChangeByUser: { requests: 4, windowSeconds: 60 } }, redis());
    const person = newPerson();
    const { access_token: token } = (await service.send("POST", "/v1/auth/register", { body: person })).body;
    const change = async (current_password: string, new_password: string) =>
      (await service.send("PUT", "/v1/auth/password", { token, body: { current_password, new_password } }))
        .status;
    expect(await change(person.password, "passphrase number 1")).to.equal(204);
    expect(await change("passphrase number 1", "passphrase number 2")).to.equal(204);
    // What is too common, or already done, is no try.
    expect(await change("passphrase number 2", "password1")).to.equal(422);
    expect(await change("passphrase number 1", "passphrase number 2")).to.equal(204);
    expect(await change("wrong", "passphrase number 3")).to.equal(422);
    expect(await change("wrong", "passphrase number 3")).to.equal(422);
    expect(await change("passphrase number 2", "passphrase number 3")).to.equal(429);
  });

  it("counts what a refused change tries as the new password as well", async () => {
    service = await limited({ passwordChangeByUser: { requests: 3, windowSeconds: 60 } }, redis());
    const person = newPerson();
    const { access_token: token } = (await service.send("POST", "/v1/auth/register", { body: person })).body;
    const guess = async (current_password: string, new_password: string) =>
      (await service.send("PUT", "/v1/auth/password", { token, body: { current_password, new_password } }))
        .status;
    expect(await guess("guess number one", "guess number two")).to.equal(422);
    expect(await guess("guess number three", person.password)).to.equal(429);
    expect(service.lines.filter(({ event }) => event === "password_changed")).to.have.length(0);
  });

  it("limits an address that tries many accounts", async () => {
    service = await limited({ loginByAddress: twice }, redis());
    const here = address();
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push((await login(service, newPerson().email, here)).status);
    expect(answers).to.deep.equal([401, 401, 429]);
  });

  it("takes all networks of one IPv6 customer for one", async () => {
    service = await limited({ loginByAddress: twice }, redis());
    const customer = address()["x-forwarded-for"].replace(/..::1/, "");
    const answers = [];
    for (const end of ["00::1", "00::2", "ff::1"]) {
      answers.push((await login(service, newPerson().email, { "x-forwarded-for": customer + end })).status);
    }
    expect(answers).to.deep.equal([401, 401, 429]);
  });

  it("believes of X-Forwarded-For what the proxy wrote, not what the client did", async () => {
    service = await limited({ loginByAddress: twice }, redis());
    const proxy = address()["x-forwarded-for"];
    const answers = [];
    for (let i = 1; i <= 3; i++) {
      const headers = { "x-forwarded-for": `198.51.100.${i}, ${proxy}` };
      answers.push((await login(service, newPerson().email, headers)).status);
    }
    expect(answers).to.deep.equal([401, 401, 429]);
  });

  it("limits registrations of an address", async () => {
    service = await limited({ registerByAddress: twice }, redis());
    const headers = address();
    const answers = [];
    for (let i = 0; i < 3; i++) {
      answers.push((await service.send("POST", "/v1/auth/register", { body: newPerson(), headers })).status);
    }
    expect(answers).to.deep.equal([201, 201, 429]);
  });

  it("limits refreshes of a session, and not those of another", async () => {
    service = await limited({ refreshBySession: twice }, redis());
    const register = async () =>
      (await service.send("POST", "/v1/auth/register", { body: newPerson(), headers: address() })).body
        .refresh_token;
    const refresh = async (refresh_token: string) =>
      (await service.send("POST", "/v1/auth/refresh", { body: { refresh_token } })).status;
    const [one, other] = [await register(), await register()];
    expect([await refresh(one), await refresh(one), await refresh(one)]).to.deep.equal([200, 200, 429]);
    expect(await refresh(other)).to.equal(200);
  });
}

describe("Limits counted in the process", () => limitRules(() => undefined));

describeWith("REDIS_URL", "Limits counted in Redis", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  after(() => redis.close());

  describe("by one process", () => limitRules(() => redis));

  it("hold for all processes together, under keys that tell nothing of account or address", async () => {
    const key = async () => Buffer.alloc(32, 7);
    const config = { limits: { ...testConfig.limits, loginByAddress: twice }, trustedProxies: 1 };
    const services = await Promise.all(
      [1, 2].map(() => startService({ rateLimits: async () => redis, refreshTokenPepper: key }, config)),
    );
    const [here, { email }] = [address(), newPerson()];
    const answers = [];
    for (const one of [...services, ...services]) answers.push((await login(one, email, here)).status);
    await Promise.all(services.map((service) => service.stop()));
    expect(answers).to.deep.equal([401, 401, 429, 429]);
    const keys = await redis.run((client) => client.keys(`${cacheKeyPrefix}limit:*`));
    expect(keys).to.not.be.empty;
    for (const name of keys) {
      expect(name).to.match(/limit:[\w-]+:[\w-]{22,43}$/);
      const left = await redis.run((client) => client.pTTL(name));
      // One that has gone since has -2.
      if (left !== -2) expect(left).to.be.within(0, 3_600_000);
    }
  });
});

describe("A login with the right password", () => {
  it("is taken back before it is answered: a function may be frozen as soon as its answer is out", async () => {
    let takenBack = 0;
    const run = async (command: (client: object) => Promise<unknown>) =>
      command({
        async eval(script: string) {
          if (!script.includes("DECR")) return [1, 60_000];
          await new Promise(setImmediate);
          takenBack += 1;
        },
      });
    const service = await limited({}, { run } as unknown as RedisConnection);
    const person = newPerson();
    await service.send("POST", "/v1/auth/register", { body: person });
    expect((await login(service, person.email, address(), person.password)).status).to.equal(200);
    expect(takenBack).to.equal(2);
    await service.stop();
  });
});

describe("Limits while Redis is gone", () => {
  it("are counted in the process", async () => {
    const service = await limited({ loginByAddress: twice }, new RedisConnection("redis://127.0.0.1:1"));
    const here = address();
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push((await login(service, newPerson().email, here)).status);
    await service.stop();
    expect(answers).to.deep.equal([401, 401, 429]);
  });
});
