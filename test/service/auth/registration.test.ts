import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { connectionClosed, interceptedDatabase } from "../../support/intercepted-database.ts";
import {
  type ApiResponse,
  newPerson,
  startService,
  type TestService,
  testConfig,
} from "../../support/service.ts";

const problem = (slug: string) => `https://ecobeat.app/problems/${slug}`;
const day = 24 * 60 * 60;

describeOnDatabases("A registration with an Idempotency-Key", (database) => {
  let service: TestService;
  before(async () => {
    service = await startService({ database: async () => database() });
  });
  after(() => service.stop());

  const register = (body: unknown, key = "", to = service) =>
    to.send("POST", "/v1/auth/register", { body, headers: key ? { "idempotency-key": key } : {} });

  const expectTokens = async ({ body }: ApiResponse, to = service) => {
    const profile = await to.send("GET", "/v1/users/me", { token: body.access_token });
    expect(profile.status).to.equal(200);
    expect(profile.body.id).to.equal(body.user.id);
    const { refresh_token } = body;
    expect((await to.send("POST", "/v1/auth/refresh", { body: { refresh_token } })).status).to.equal(200);
  };
  const accounts = () => database().collection("users");

  it("sent again is answered with the same user and tokens that work", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const [first, second] = [await register(person, key), await register(person, key)];
    expect([first.status, second.status]).to.deep.equal([201, 201]);
    expect(second.body.user).to.deep.equal(first.body.user);
    expect(second.headers.get("location")).to.equal("/v1/users/me");
    expect(second.body.refresh_token).not.to.equal(first.body.refresh_token);
    await expectTokens(first);
    await expectTokens(second);
  });

  it("makes one account of 50 at once, and all of them get tokens", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(person, key)));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(50).fill(201));
    expect(new Set(answers.map(({ body }) => body.user.id)).size).to.equal(1);
    await expectTokens(answers[0]!);
    await expectTokens(answers[49]!);
  });

  it("makes one account of 10 at once with one key and different addresses", async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => register(newPerson(), key)));
    const failures = JSON.stringify(service.lines.filter(({ level }) => level === "error"));
    expect(answers.map(({ status }) => status).sort(), failures).to.deep.equal([201, ...Array(9).fill(422)]);
    for (const { status, body } of answers) {
      if (status === 422) expect(body.type).to.equal(problem("idempotency-key-reused"));
    }
  });

  it("without the key, or with another, meets the address taken", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    await register(person, key);
    for (const other of ["", randomUUID(), key.toUpperCase()]) {
      const { status, body } = await register(person, other);
      expect([status, body.type]).to.deep.equal([409, problem("email-taken")]);
    }
    const unkeyed = newPerson();
    await register(unkeyed);
    expect((await register(unkeyed, key)).body.type).to.equal(problem("idempotency-key-reused"));
    expect((await register(unkeyed, randomUUID())).status).to.equal(409);
  });

  for (const [what, change] of [
    ["address", { email: `other-${randomUUID()}@example.com` }],
    ["name", { name: "Anna" }],
    ["password", { password: "another passphrase" }],
  ] as const) {
    it(`refuses the key with another ${what}`, async () => {
      const [person, key] = [newPerson(), randomUUID()];
      await register(person, key);
      const { status, body } = await register({ ...person, ...change }, key);
      expect([status, body.type]).to.deep.equal([422, problem("idempotency-key-reused")]);
      expect(await accounts().countDocuments({ email: { $in: [person.email] } })).to.equal(1);
    });
  }

  it("counts wrong passwords as those of logins, so that a key that was seen is no way around", async () => {
    const limited = await startService(
      { database: async () => database() },
      { limits: { ...testConfig.limits, loginByAccountAndAddress: { requests: 3, windowSeconds: 60 } } },
    );
    const [person, key] = [newPerson(), randomUUID()];
    await register(person, key, limited);
    // The right one does not count.
    for (let i = 0; i < 5; i++) expect((await register(person, key, limited)).status).to.equal(201);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      statuses.push((await register({ ...person, password: `wrong passphrase ${i}` }, key, limited)).status);
    }
    expect(statuses).to.deep.equal([422, 422, 422, 429, 429]);
    const { status } = await limited.send("POST", "/v1/auth/login", {
      body: { email: person.email, password: person.password },
    });
    expect(status).to.equal(429);
    expect(limited.lines.filter(({ event }) => event === "login_failed")).to.have.length(3);
    await limited.stop();
  });

  it("counts the sessions that it opens as those of logins", async () => {
    const limited = await startService(
      { database: async () => database() },
      { limits: { ...testConfig.limits, loginsByUser: { requests: 2, windowSeconds: 60 } } },
    );
    const [person, key] = [newPerson(), randomUUID()];
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await register(person, key, limited)).status);
    expect(statuses).to.deep.equal([201, 201, 201, 429]);
    await limited.stop();
  });

  it("is known for 24 hours, and then the key is free", async () => {
    const moving = await startService({ database: async () => database() });
    const [person, key] = [newPerson(), randomUUID()];
    await register(person, key, moving);
    moving.advance(day - 1);
    expect((await register(person, key, moving)).status).to.equal(201);
    expect((await register(newPerson(), key, moving)).status).to.equal(422);
    moving.advance(2);
    expect((await register(person, key, moving)).body.type).to.equal(problem("email-taken"));
    const other = newPerson();
    const answer = await register(other, key, moving);
    expect(answer.status).to.equal(201);
    expect((await register(other, key, moving)).body.user).to.deep.equal(answer.body.user);
    await moving.stop();
  });

  it("makes a new account when the first one was deleted", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const { body } = await register(person, key);
    await service.send("DELETE", "/v1/users/me", { token: body.access_token });
    const again = await register(person, key);
    expect(again.status).to.equal(201);
    expect(again.body.user.id).not.to.equal(body.user.id);
  });

  it("that failed after the account was stored is finished by the next one", async () => {
    let lost = false;
    const losing = interceptedDatabase(
      database(),
      async () => {},
      async (operation) => {
        if (operation !== "users.insertOne" || lost) return;
        lost = true;
        throw connectionClosed();
      },
    );
    const failing = await startService({ database: async () => losing });
    const [person, key] = [newPerson(), randomUUID()];
    expect((await register(person, key, failing)).status).to.equal(503);
    expect(await accounts().countDocuments({ email: person.email })).to.equal(1);
    const answer = await register(person, key, failing);
    expect(answer.status).to.equal(201);
    await expectTokens(answer, failing);
    await failing.stop();
  });

  it("meets the address taken, though who took it is gone again", async () => {
    const overtaken = interceptedDatabase(database(), async (operation) => {
      if (operation === "users.insertOne") throw Object.assign(new Error("duplicate key"), { code: 11_000 });
    });
    const late = await startService({ database: async () => overtaken });
    const { status, body } = await register(newPerson(), randomUUID(), late);
    await late.stop();
    expect([status, body.type]).to.deep.equal([409, problem("email-taken")]);
  });

  it("stores neither the key nor the answer", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const { body } = await register(person, key);
    const stored = JSON.stringify(await accounts().findOne({ email: person.email }));
    for (const secret of [key, body.access_token, body.refresh_token, person.password]) {
      expect(stored).not.to.contain(secret);
    }
    expect(JSON.stringify(service.lines)).not.to.contain(key);
  });

  it("takes a UUID and other long visible texts, and refuses what is none", async () => {
    for (const key of [`"${randomUUID()}"`, "x".repeat(16), "~".repeat(128)]) {
      expect((await register(newPerson(), key)).status, key).to.equal(201);
    }
    for (const key of [
      "x".repeat(15),
      "x".repeat(129),
      `${randomUUID()}, ${randomUUID()}`,
      `${"x".repeat(20)}é`,
    ]) {
      const { status, body } = await register(newPerson(), key);
      expect([status, body.type], key).to.deep.equal([400, problem("invalid-idempotency-key")]);
    }
  });
});
