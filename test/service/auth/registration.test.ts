import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { ServiceConfig } from "../../../service/config.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { failedOperation } from "../../support/real-errors.ts";
import {
  type ApiResponse,
  expectProblem,
  newPerson,
  startService,
  testConfig,
  useService,
} from "../../support/service.ts";

const day = 24 * 60 * 60;

describeOnDatabases("A registration with an Idempotency-Key", (database) => {
  const start = (config?: Partial<ServiceConfig>) => startService({ database: async () => database() }, config);
  const service = useService(start);

  const register = (body: unknown, key = "", to = service) =>
    to.send("POST", "/v1/auth/register", { body, headers: key ? { "idempotency-key": key } : {} });

  const expectTokens = async ({ body }: ApiResponse, to = service) => {
    const profile = await to.send("GET", "/v1/users/me", { token: body.access_token });
    expect(profile.status).to.equal(200);
    expect(profile.body.id).to.equal(body.user.id);
    expect((await to.refresh(body.refresh_token)).status).to.equal(200);
  };
  const accounts = () => database().collection("users");

  it("sent again returns the same user and valid tokens", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const [first, second] = [await register(person, key), await register(person, key)];
    expect([first.status, second.status]).to.deep.equal([201, 201]);
    expect(second.body.user).to.deep.equal(first.body.user);
    expect(second.headers.get("location")).to.equal("/v1/users/me");
    expect(second.body.refresh_token).not.to.equal(first.body.refresh_token);
    await expectTokens(first);
    await expectTokens(second);
  });

  it("creates one account for 50 concurrent requests, and all of them get tokens", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const responses = await Promise.all(Array.from({ length: 50 }, () => register(person, key)));
    expect(responses.map(({ status }) => status)).to.deep.equal(Array(50).fill(201));
    expect(new Set(responses.map(({ body }) => body.user.id)).size).to.equal(1);
    await expectTokens(responses[0]!);
    await expectTokens(responses[49]!);
  });

  it("creates one account for 10 concurrent requests with one key and different addresses", async () => {
    const key = randomUUID();
    const responses = await Promise.all(Array.from({ length: 10 }, () => register(newPerson(), key)));
    const failures = JSON.stringify(service.lines.filter(({ level }) => level === "error"));
    expect(responses.map(({ status }) => status).sort(), failures).to.deep.equal([201, ...Array(9).fill(422)]);
    for (const response of responses)
      if (response.status !== 201) expectProblem(response, 422, "idempotency-key-reused");
  });

  it("without the key, or with another, finds the address taken", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    await register(person, key);
    for (const other of ["", randomUUID(), key.toUpperCase()])
      expectProblem(await register(person, other), 409, "email-taken");
    const unkeyed = newPerson();
    await register(unkeyed);
    expectProblem(await register(unkeyed, key), 422, "idempotency-key-reused");
    expect((await register(unkeyed, randomUUID())).status).to.equal(409);
  });

  for (const [what, change] of [
    ["address", { email: `other-${randomUUID()}@example.com` }],
    ["name", { name: "Anna" }],
    ["password", { password: "another passphrase" }],
    ["device", { device: "Ann's tablet" }],
    ["body that lacks the device", { device: undefined }],
  ] as const) {
    it(`refuses the key with another ${what}`, async () => {
      const [person, key] = [{ ...newPerson(), device: "Ann's phone" }, randomUUID()];
      await register(person, key);
      expectProblem(await register({ ...person, ...change }, key), 422, "idempotency-key-reused");
      expect(await accounts().countDocuments({ email: { $in: [person.email] } })).to.equal(1);
    });
  }

  it("refuses the key with a device that the first request lacked", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    await register(person, key);
    expectProblem(await register({ ...person, device: "Ann's phone" }, key), 422, "idempotency-key-reused");
  });

  it("is the same, although the user has changed the name since", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const { body } = await register(person, key);
    const headers = { "if-match": "*" };
    const token = body.access_token;
    const changed = await service.send("PATCH", "/v1/users/me", { body: { name: "Anna" }, token, headers });
    expect(changed.status).to.equal(200);
    const repeated = await register(person, key);
    expect([repeated.status, repeated.body.user?.name]).to.deep.equal([201, "Anna"]);
  });

  it("of an account from before bodies were stored is compared by its address and name", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    await register(person, key);
    const { modifiedCount } = await accounts().updateOne({ email: person.email }, { $unset: { registrationBody: "" } });
    expect(modifiedCount).to.equal(1);
    expect((await register({ ...person, device: "Ann's phone" }, key)).status).to.equal(201);
    expectProblem(await register({ ...person, name: "Anna" }, key), 422, "idempotency-key-reused");
  });

  it("counts wrong passwords as those of logins, so that a known key is no way around", async () => {
    await using limited = await start({
      limits: { ...testConfig.limits, loginByAccountAndAddress: { requests: 3, windowSeconds: 60 } },
    });
    const [person, key] = [newPerson(), randomUUID()];
    await register(person, key, limited);
    // The right one does not count.
    for (let i = 0; i < 5; i++) expect((await register(person, key, limited)).status).to.equal(201);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      statuses.push((await register({ ...person, password: `wrong passphrase ${i}` }, key, limited)).status);
    }
    expect(statuses).to.deep.equal([422, 422, 422, 429, 429]);
    expect((await limited.logIn(person)).status).to.equal(429);
    expect(limited.lines.filter(({ event }) => event === "login_failed")).to.have.length(3);
  });

  it("counts the sessions that it opens as those of logins", async () => {
    await using limited = await start({
      limits: { ...testConfig.limits, loginsByUser: { requests: 2, windowSeconds: 60 } },
    });
    const [person, key] = [newPerson(), randomUUID()];
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await register(person, key, limited)).status);
    expect(statuses).to.deep.equal([201, 201, 201, 429]);
  });

  it("is known for 24 hours, and then the key is free", async () => {
    await using moving = await start();
    const [person, key] = [newPerson(), randomUUID()];
    await register(person, key, moving);
    moving.advance(day - 1);
    expect((await register(person, key, moving)).status).to.equal(201);
    expect((await register(newPerson(), key, moving)).status).to.equal(422);
    moving.advance(2);
    expectProblem(await register(person, key, moving), 409, "email-taken");
    const other = newPerson();
    const response = await register(other, key, moving);
    expect(response.status).to.equal(201);
    expect((await register(other, key, moving)).body.user).to.deep.equal(response.body.user);
  });

  it("creates a new account when the first one was deleted", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const { body } = await register(person, key);
    await service.send("DELETE", "/v1/users/me", { token: body.access_token });
    const again = await register(person, key);
    expect(again.status).to.equal(201);
    expect(again.body.user.id).not.to.equal(body.user.id);
  });

  it("that failed after the account was stored is completed by the next one", async () => {
    let lost = false;
    const losing = interceptedDatabase(
      database(),
      async () => {},
      async (operation) => {
        if (operation !== "users.insertOne" || lost) return;
        lost = true;
        throw await failedOperation((users) => users.insertOne({}));
      },
    );
    await using failing = await startService({ database: async () => losing });
    const [person, key] = [newPerson(), randomUUID()];
    expect((await register(person, key, failing)).status).to.equal(503);
    expect(await accounts().countDocuments({ email: person.email })).to.equal(1);
    const response = await register(person, key, failing);
    expect(response.status).to.equal(201);
    await expectTokens(response, failing);
  });

  it("finds the address taken, even if its account was deleted in between", async () => {
    const overtaken = interceptedDatabase(database(), async (operation) => {
      if (operation !== "users.insertOne") return;
      const writeErrors = [{ index: 0, code: 11_000, errmsg: "E11000 duplicate key error" }];
      throw await failedOperation((users) => users.insertOne({}), { ok: 1, n: 0, writeErrors });
    });
    await using late = await startService({ database: async () => overtaken });
    expectProblem(await register(newPerson(), randomUUID(), late), 409, "email-taken");
  });

  it("finds the account by its address, if another request stores it while the key is searched", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    let searches = 0;
    const overtaken = interceptedDatabase(database(), async (operation) => {
      if (operation === "users.findOne" && ++searches === 2) await register(person, key, slow);
    });
    await using slow = await startService({ database: async () => overtaken });
    const response = await register(person, key, slow);
    expect(response.status).to.equal(201);
    await expectTokens(response, slow);
    expect(await accounts().countDocuments({ email: person.email })).to.equal(1);
  });

  it("stores neither the key nor the response", async () => {
    const [person, key] = [newPerson(), randomUUID()];
    const { body } = await register(person, key);
    const stored = JSON.stringify(await accounts().findOne({ email: person.email }));
    for (const secret of [key, body.access_token, body.refresh_token, person.password]) {
      expect(stored).not.to.contain(secret);
    }
    expect(JSON.stringify(service.lines)).not.to.contain(key);
  });

  it("accepts a UUID and other long visible texts, and refuses others", async () => {
    for (const key of [`"${randomUUID()}"`, "x".repeat(16), "~".repeat(128)]) {
      expect((await register(newPerson(), key)).status, key).to.equal(201);
    }
    for (const key of ["x".repeat(15), "x".repeat(129), `${randomUUID()}, ${randomUUID()}`, `${"x".repeat(20)}é`]) {
      expectProblem(await register(newPerson(), key), 400, "invalid-idempotency-key");
    }
  });
});
