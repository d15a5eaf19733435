import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { defaultLimits, type LimitConfig } from "../../../service/config.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import type { Backends } from "../../../service/dependencies.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { embeddedDatabase } from "../../support/databases.ts";
import { createFailingDatabase, createFailingDependency } from "../../support/failing-dependency.ts";
import { getToken } from "../../support/mails.ts";
import { unreachable } from "../../support/real-errors.ts";
import { describeWith } from "../../support/real-services.ts";
import {
  cheapPasswords,
  expectProblem,
  newPerson,
  startService,
  type TestService,
  testConfig,
  testSigningKey,
} from "../../support/service.ts";

const twice = { requests: 2, windowSeconds: 60 };

/** A service behind one proxy, so that a test can choose its address. */
const startLimited = (limits: Partial<LimitConfig>, redis?: RedisConnection, backends: Partial<Backends> = {}) =>
  startService(
    { rateLimits: async () => redis, ...backends },
    { limits: { ...testConfig.limits, ...limits }, trustedProxies: 1 },
  );

const newAddress = () => ({ "x-forwarded-for": `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}::1` });
const guess = (service: TestService, email = newPerson().email, headers = newAddress()) =>
  service.logIn({ email, password: "wrong password" }, headers);

/** The statuses of requests that are sent one after the other. */
async function statuses<T>(values: Iterable<T>, send: (value: T) => Promise<{ status: number }>) {
  const found = [];
  for (const value of values) found.push((await send(value)).status);
  return found;
}
const three = [1, 2, 3];

function limitRules(redis: () => RedisConnection | undefined) {
  let service: TestService;
  const limit = async (limits: Partial<LimitConfig>, backends?: Partial<Backends>) => {
    service = await startLimited(limits, redis(), backends);
  };
  afterEach(() => service.stop());

  const expectLimited = (response: Awaited<ReturnType<typeof guess>>) => {
    expectProblem(response, 429, "too-many-requests");
    expect(Number(response.headers.get("retry-after"))).to.be.within(50, 60);
    expect(service.lines.find(({ event }) => event === "rate_limited")).to.include({ level: "warn" });
  };

  it("responds with 429 to a login too many, says when to try again, and writes it to the log", async () => {
    await limit({ loginByAccountAndAddress: twice });
    const [{ email }, here] = [newPerson(), newAddress()];
    const first = await guess(service, email, here);
    expect(first.status).to.equal(401);
    expect(first.headers.get("ratelimit-policy")).to.equal('"login-account";q=2;w=60, "login-address";q=10000;w=60');
    expect(first.headers.get("ratelimit")).to.match(/^"login-account";r=1;t=(60|59)$/);
    await guess(service, email, here);
    expectLimited(await guess(service, email.toUpperCase(), here));
  });

  it("counts also what is no e-mail address", async () => {
    await limit({ loginByAccountAndAddress: twice });
    const here = newAddress();
    const names = ["Junk", "junk", "JUNK"];
    expect(await statuses(names, (name) => guess(service, name, here))).to.deep.equal([401, 401, 429]);
  });

  it("does not let an attacker lock an owner out", async () => {
    await limit({ loginByAccountAndAddress: twice, loginsByUser: twice });
    const [owner, attacker] = [await service.register(), newAddress()];
    for (let i = 0; i < 5; i++) await guess(service, owner.email, attacker);
    for (let i = 0; i < 2; i++) expect((await service.logIn(owner, newAddress())).status).to.equal(200);
  });

  it("does not count logins with the right password", async () => {
    await limit({ loginByAccountAndAddress: twice, loginByAddress: twice });
    const [user, here] = [await service.register(), newAddress()];
    for (let i = 0; i < 5; i++) expect((await service.logIn(user, here)).status).to.equal(200);
  });

  it("limits the logins of an account with the right password, from all addresses together", async () => {
    await limit({ loginsByUser: twice });
    const [user, other] = [await service.register(), await service.register()];
    const first = await service.logIn(user, newAddress());
    expect(first.status).to.equal(200);
    expect(first.headers.get("ratelimit-policy")).to.equal('"login-user";q=2;w=60');
    expect(first.headers.get("ratelimit")).to.match(/^"login-user";r=1;t=(60|59)$/);
    expect((await service.logIn(user, newAddress())).status).to.equal(200);
    const third = await service.logIn(user, newAddress());
    expectLimited(third);
    expect(third.headers.get("ratelimit")).to.match(/^"login-user";r=0;t=\d+$/);
    expect((await service.logIn(other, newAddress())).status).to.equal(200);
  });

  it("signs nothing for a login too many", async () => {
    const key = await testSigningKey();
    await limit({ loginsByUser: twice }, { signingKeys: async () => ({ current: key }) });
    const user = await service.register();
    for (let i = 0; i < 5; i++) await service.logIn(user, newAddress());
    expect(key.signatures).to.equal(3);
  });

  it("signs nothing for a registration whose password is not hashed, and stores no session", async () => {
    const [key, sessions] = [await testSigningKey(), new MemorySessionStore()];
    service = await startService(
      { signingKeys: async () => ({ current: key }), sessions: async () => sessions },
      { passwords: { ...cheapPasswords, concurrency: 0 } },
    );
    const response = await service.send("POST", "/v1/auth/register", { body: newPerson() });
    expectProblem(response, 429, "too-many-logins");
    expect([key.signatures, sessions.snapshot(Date.now()).sessions]).to.deep.equal([0, []]);
  });

  it("does not count logins that fail without the user's fault", async () => {
    await using embedded = await embeddedDatabase();
    const database = createFailingDatabase(embedded.database);
    const sessions = createFailingDependency(new MemorySessionStore(), unreachable.redis);
    await limit(
      { loginByAccountAndAddress: twice, loginsByUser: twice },
      { database: async () => database.proxy, sessions: async () => sessions.proxy },
    );
    const [user, here] = [await service.register(), newAddress()];
    for (const { state } of [database, sessions]) {
      state.down = true;
      for (let i = 0; i < 4; i++) expect((await service.logIn(user, here)).status).to.equal(503);
      state.down = false;
      expect((await service.logIn(user, here)).status).to.equal(200);
    }
  });

  /** Registers a user, and changes the password to a new one. */
  async function passwordChange() {
    const { send, password } = await service.register();
    const change = async (current_password: string, new_password: string) =>
      (await send("PUT", "/v1/auth/password", { body: { current_password, new_password } })).status;
    return { password, change };
  }

  it("limits wrong passwords in password changes, but not the right ones", async () => {
    await limit({ passwordChangeByUser: { requests: 4, windowSeconds: 60 } });
    const { password, change } = await passwordChange();
    expect(await change(password, "passphrase number 1")).to.equal(204);
    expect(await change("passphrase number 1", "passphrase number 2")).to.equal(204);
    // What is too common, or already done, is no try.
    expect(await change("passphrase number 2", "password1")).to.equal(422);
    expect(await change("passphrase number 1", "passphrase number 2")).to.equal(204);
    expect(await change("wrong", "passphrase number 3")).to.equal(422);
    expect(await change("wrong", "passphrase number 3")).to.equal(422);
    expect(await change("passphrase number 2", "passphrase number 3")).to.equal(429);
  });

  it("counts also what a refused change tries as the new password", async () => {
    await limit({ passwordChangeByUser: { requests: 3, windowSeconds: 60 } });
    const { password, change } = await passwordChange();
    expect(await change("guess number one", "guess number two")).to.equal(422);
    expect(await change("guess number three", password)).to.equal(429);
    expect(service.lines.filter(({ event }) => event === "password_changed")).to.have.length(0);
  });

  it("shows what is left after requests that do not count", async () => {
    const here = newAddress();
    const policy = { requests: 5, windowSeconds: 60 };
    await limit({ passwordChangeByUser: policy, registerByAddress: policy });
    const getRemaining = ({ headers }: Awaited<ReturnType<typeof guess>>) => headers.get("ratelimit")?.split(";")[1];
    const user = await service.register();
    const change = (current_password: string, new_password: string) =>
      user.send("PUT", "/v1/auth/password", { body: { current_password, new_password } });
    expect(getRemaining(await change("wrong", "passphrase number 2"))).to.equal("r=3");
    expect(getRemaining(await change(user.password, "passphrase number 2"))).to.equal("r=3");
    expect(getRemaining(await change("passphrase number 2", "password1"))).to.equal("r=3");
    // Sent again, as after a lost response: both passwords are tried.
    expect(getRemaining(await change(user.password, "passphrase number 2"))).to.equal("r=3");
    const register = (body: object, key = randomUUID()) =>
      service.send("POST", "/v1/auth/register", { body, headers: { ...here, "idempotency-key": key } });
    expect(getRemaining(await register(newPerson()))).to.equal("r=4");
    expect(getRemaining(await register(newPerson()))).to.equal("r=3");
  });

  it("shows what is left after requests that fail without the user's fault", async () => {
    const sessions = createFailingDependency(new MemorySessionStore(), unreachable.redis);
    const policy = { requests: 5, windowSeconds: 60 };
    await limit(
      { registerByAddress: policy, loginByAccountAndAddress: policy, loginsByUser: { ...policy, requests: 3 } },
      { sessions: async () => sessions.proxy },
    );
    const user = await service.register();
    sessions.state.down = true;
    const here = newAddress();
    const registered = await service.send("POST", "/v1/auth/register", { body: newPerson(), headers: here });
    expect(registered.status).to.equal(503);
    expect(registered.headers.get("ratelimit")).to.match(/^"register";r=5;/);
    const loggedIn = await service.logIn(user, here);
    expect(loggedIn.status).to.equal(503);
    expect(loggedIn.headers.get("ratelimit")).to.match(/^"login-user";r=3;/);
  });

  for (const [what, toAddress] of [
    ["an address that tries many accounts", (here: string) => here],
    [
      "all networks of one IPv6 customer together",
      (here: string, i: number) => here.replace(/..::1/, `${i}${i}::${i}`),
    ],
    [
      "by what the proxy wrote to X-Forwarded-For, not what the client did",
      (here: string, i: number) => `198.51.100.${i}, ${here}`,
    ],
  ] as const) {
    it(`limits ${what}`, async () => {
      await limit({ loginByAddress: twice });
      const here = newAddress()["x-forwarded-for"];
      const tries = await statuses(three, (i) =>
        guess(service, newPerson().email, { "x-forwarded-for": toAddress(here, i) }),
      );
      expect(tries).to.deep.equal([401, 401, 429]);
    });
  }

  it("limits registrations of an address", async () => {
    await limit({ registerByAddress: twice });
    const headers = newAddress();
    const register = () => service.send("POST", "/v1/auth/register", { body: newPerson(), headers });
    expect(await statuses(three, register)).to.deep.equal([201, 201, 429]);
  });

  it("counts registrations that are refused because the address is taken: they tell which addresses have accounts", async () => {
    await limit({ registerByAddress: twice });
    const [owner, headers] = [await service.register(), newAddress()];
    const probe = () =>
      service.send("POST", "/v1/auth/register", { body: { ...newPerson(), email: owner.email }, headers });
    expect(await statuses(three, probe)).to.deep.equal([409, 409, 429]);
  });

  it("does not count a registration that is sent again with its key", async () => {
    await limit({ registerByAddress: twice });
    const [person, here] = [newPerson(), newAddress()];
    const headers = { ...here, "idempotency-key": randomUUID() };
    const repeat = () => service.send("POST", "/v1/auth/register", { body: person, headers });
    expect(await statuses([1, 2, 3, 4], repeat)).to.deep.equal([201, 201, 201, 201]);
    const register = () => service.send("POST", "/v1/auth/register", { body: newPerson(), headers: here });
    expect(await statuses([1, 2], register)).to.deep.equal([201, 429]);
  });

  it("does not count registrations that fail without the user's fault", async () => {
    await using embedded = await embeddedDatabase();
    const database = createFailingDatabase(embedded.database);
    const sessions = createFailingDependency(new MemorySessionStore(), unreachable.redis);
    await limit(
      { registerByAddress: twice },
      { database: async () => database.proxy, sessions: async () => sessions.proxy },
    );
    const headers = newAddress();
    const register = () => service.send("POST", "/v1/auth/register", { body: newPerson(), headers });
    for (const { state } of [database, sessions]) {
      state.down = true;
      expect(await statuses(three, register)).to.deep.equal([503, 503, 503]);
      state.down = false;
    }
    expect(await statuses(three, register)).to.deep.equal([201, 201, 429]);
  });

  it("limits refreshes of a session, and not those of another", async () => {
    await limit({ refreshBySession: twice });
    const [one, other] = [await service.register(), await service.register()];
    const tokens = [one, one, one, other].map(({ refreshToken }) => refreshToken);
    expect(await statuses(tokens, (token) => service.refresh(token))).to.deep.equal([200, 200, 429, 200]);
  });
}

describe("Limits counted in the process", () => limitRules(() => undefined));

describeWith("REDIS_URL", "Limits counted in Redis", () => {
  const redis = new RedisConnection(process.env.REDIS_URL!);
  after(() => redis.close());

  describe("by one process", () => limitRules(() => redis));

  it("hold for all processes together, under keys that reveal neither account nor address", async () => {
    const refreshTokenPeppers = async () => ({ current: Buffer.alloc(32, 7) });
    const start = () => startLimited({ loginByAddress: twice }, redis, { refreshTokenPeppers });
    await using one = await start();
    await using other = await start();
    const [here, { email }] = [newAddress(), newPerson()];
    const tries = await statuses([one, other, one, other], (each) => guess(each, email, here));
    expect(tries).to.deep.equal([401, 401, 429, 429]);
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

describe("The limit of registrations", () => {
  it("lets a hundred phones of one mobile network register within 15 minutes", async () => {
    await using service = await startLimited({ registerByAddress: defaultLimits.registerByAddress });
    const headers = newAddress();
    const all = await Promise.all(
      Array.from({ length: 101 }, () => service.send("POST", "/v1/auth/register", { body: newPerson(), headers })),
    );
    expect(all.filter(({ status }) => status === 201)).to.have.length(100);
    const refused = all.find(({ status }) => status !== 201)!;
    expectProblem(refused, 429, "too-many-requests");
    expect(Number(refused.headers.get("retry-after"))).to.be.within(1, 15 * 60);
  });
});

describe("The keys of limits in Redis", () => {
  it("reveal neither user, session, account nor address", async () => {
    const keys: string[] = [];
    const run = async (command: (client: object) => Promise<unknown>) =>
      command({
        async eval(_script: string, call: { keys: string[] }) {
          keys.push(...call.keys);
          return call.keys.map(() => [1, 60_000]);
        },
      });
    await using service = await startLimited({}, { run, keyPrefix: cacheKeyPrefix } as unknown as RedisConnection);
    const user = await service.register();
    await service.logIn(user);
    await service.refresh(user.refreshToken);
    await user.send("PUT", "/v1/auth/password", {
      body: { current_password: "wrong", new_password: "a new passphrase" },
    });
    const body = { token: getToken(service, "email-verification", user.email) };
    await service.send("POST", "/v1/auth/password-reset", { body: { email: user.email } });
    await user.send("POST", "/v1/auth/email/verification");
    await user.send("PUT", "/v1/auth/email", {
      body: { new_email: newPerson().email, current_password: user.password },
    });
    await service.send("POST", "/v1/auth/email/confirm", { body });
    const names = [
      ...["email-change", "link-address", "login-account", "login-address", "login-user", "mail", "password-change"],
      ...["refresh", "register", "reset-account", "reset-address", "verification"],
    ];
    const pattern = new RegExp(`^${cacheKeyPrefix}limit:(${names.join("|")}):[\\w-]{43}$`);
    for (const key of keys) expect(key).to.match(pattern);
    expect([...new Set(keys.map((key) => pattern.exec(key)![1]))].sort()).to.deep.equal(names);
    // A user's counters have nothing in common. Mails are counted by their kinds, of which there were two.
    expect(new Set(keys.map((key) => key.slice(-43))).size).to.equal(names.length + 1);
  });
});

describe("A login with the right password", () => {
  it("is uncounted before the response: a function may be frozen as soon as its response is out", async () => {
    let uncounted = 0;
    const run = async (command: (client: object) => Promise<unknown>) =>
      command({
        async eval(script: string, { keys }: { keys: string[] }) {
          if (!script.includes("DECR")) return keys.map(() => [1, 60_000]);
          await new Promise(setImmediate);
          uncounted += keys.length;
        },
      });
    await using service = await startLimited({}, { run, keyPrefix: cacheKeyPrefix } as unknown as RedisConnection);
    expect((await service.logIn(await service.register())).status).to.equal(200);
    expect(uncounted).to.equal(2);
  });
});
