import { expect } from "chai";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { defaultTokens } from "../../../service/config.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { UserRepository } from "../../../service/users/repository.ts";
import { embeddedDatabase } from "../../support/databases.ts";
import {
  cheapPasswords,
  newPerson,
  startService,
  type TestService,
  testConfig,
  testSigningKey,
} from "../../support/service.ts";

describe("Accounts and sessions over HTTP", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  async function registered() {
    const person = newPerson();
    const { body } = await service.send("POST", "/v1/auth/register", { body: person });
    return { person, ...body };
  }
  const refresh = (refresh_token: string) =>
    service.send("POST", "/v1/auth/refresh", { body: { refresh_token } });
  const me = (token: string) => service.send("GET", "/v1/users/me", { token });

  it("registers a person, who then has a profile and tokens", async () => {
    const person = newPerson();
    const { status, body, headers } = await service.send("POST", "/v1/auth/register", { body: person });
    expect(status).to.equal(201);
    expect(headers.get("location")).to.equal("/v1/users/me");
    expect(body).to.have.all.keys("user", "access_token", "token_type", "expires_in", "refresh_token");
    expect(body).to.include({ token_type: "Bearer", expires_in: 900 });
    expect(body.user).to.have.all.keys("id", "email", "name", "created_at", "updated_at");
    expect((await me(body.access_token)).body).to.deep.equal(body.user);
  });

  it("logs in with the address in another spelling, and with the password composed in another way", async () => {
    const person = { ...newPerson(), password: "caf\u00e9 au lait" };
    await service.send("POST", "/v1/auth/register", { body: person });
    const body = { email: person.email.toUpperCase(), password: "cafe\u0301\u00a0au lait" };
    expect((await service.send("POST", "/v1/auth/login", { body })).status).to.equal(200);
  });

  it("answers a wrong password and an unknown account with the same words", async () => {
    const { person } = await registered();
    const wrong = await service.send("POST", "/v1/auth/login", {
      body: { email: person.email, password: "not the password" },
    });
    const unknown = await service.send("POST", "/v1/auth/login", {
      body: { email: "nobody@example.com", password: "not the password" },
    });
    for (const { status } of [wrong, unknown]) expect(status).to.equal(401);
    expect({ ...wrong.body, instance: "" }).to.deep.equal({ ...unknown.body, instance: "" });
  });

  it("issues access tokens that anyone can verify with the published key set", async () => {
    const { access_token, user } = await registered();
    const keys = createRemoteJWKSet(new URL(`${service.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(access_token, keys, {
      issuer: testConfig.apiUrl,
      audience: testConfig.apiUrl,
      algorithms: ["RS256"],
    });
    expect(payload.sub).to.equal(user.id);
    expect(payload.exp! - payload.iat!).to.equal(900);
    expect(decodeProtectedHeader(access_token)).to.have.all.keys("alg", "typ", "kid");
  });

  it("lets caches keep the key set, and nothing else", async () => {
    const { access_token: token } = await registered();
    const jwks = await service.send("GET", "/.well-known/jwks.json");
    expect(jwks.headers.get("cache-control")).to.equal("public, max-age=300");
    expect(jwks.body.keys[0]).to.include({ kty: "RSA", use: "sig", alg: "RS256" });
    for (const [method, path] of [
      ["GET", "/v1/users/me"],
      ["PATCH", "/v1/users/me"],
      ["POST", "/v1/auth/register"],
      ["POST", "/v1/auth/login"],
      ["POST", "/v1/auth/refresh"],
      ["GET", "/health/live"],
      ["GET", "/health/ready"],
      ["GET", "/nothing"],
    ] as const) {
      const { headers } = await service.send(method, path, { token });
      expect(headers.get("cache-control"), path).to.equal("no-store");
    }
  });

  it("sends the security headers that matter to JSON with every answer", async () => {
    for (const path of ["/health/live", "/nothing"]) {
      const { headers } = await service.send("GET", path);
      expect(headers.get("strict-transport-security")).to.match(/max-age=\d{8}/);
      expect(headers.get("x-content-type-options")).to.equal("nosniff");
      expect(headers.get("content-security-policy")).to.contain("default-src 'none'");
      expect(headers.get("x-powered-by")).to.equal(null);
    }
  });

  it("makes a stronger hash of the password at the first login after the parameters have risen", async () => {
    const { database, remove } = await embeddedDatabase();
    const hashes: string[] = [];
    const person = newPerson();
    for (const memoryKib of [1_024, 2_048, 1_024]) {
      const current = await startService(
        { database: async () => database },
        { passwords: { ...cheapPasswords, memoryKib } },
      );
      await current.send("POST", "/v1/auth/register", { body: person });
      const { email, password } = person;
      expect((await current.send("POST", "/v1/auth/login", { body: { email, password } })).status).to.equal(
        200,
      );
      hashes.push((await new UserRepository(database).findByEmail(email))!.passwordHash);
      await current.stop();
    }
    await remove();
    expect(hashes.map((hash) => /m=\d+/.exec(hash)![0])).to.deep.equal(["m=1024", "m=2048", "m=2048"]);
  });

  it("lets a login go on whose stronger hash cannot be stored", async () => {
    const { database, remove } = await embeddedDatabase();
    const person = newPerson();
    const weak = await startService({ database: async () => database });
    await weak.send("POST", "/v1/auth/register", { body: person });
    await weak.stop();
    const users = new Proxy(database.collection("users"), {
      get: (target, name) =>
        name === "updateOne"
          ? () => Promise.reject(new Error("down"))
          : Reflect.get(target, name).bind(target),
    });
    const strong = await startService(
      { database: async () => ({ collection: () => users }) as never },
      { passwords: { ...cheapPasswords, memoryKib: 2_048 } },
    );
    const { email, password } = person;
    expect((await strong.send("POST", "/v1/auth/login", { body: { email, password } })).status).to.equal(200);
    await strong.stop();
    await remove();
  });

  it("lets no login that is under way outlive the deletion of its account", async () => {
    const { person, access_token } = await registered();
    const { email, password } = person;
    const login = () => service.send("POST", "/v1/auth/login", { body: { email, password } });
    const [, ...logins] = await Promise.all([
      service.send("DELETE", "/v1/users/me", { token: access_token }),
      ...Array.from({ length: 20 }, login),
    ]);
    for (const { body } of logins.filter(({ status }) => status === 200)) {
      expect((await refresh(body.refresh_token)).status).to.equal(401);
    }
  });

  it("refuses a login whose session the store does not take: all were ended since the password was read", async () => {
    const store = new MemorySessionStore();
    const ending = await startService({ sessions: async () => store });
    const person = newPerson();
    const { body } = await ending.send("POST", "/v1/auth/register", { body: person });
    await store.revokeAll(body.user.id, Date.now() + 60_000);
    const { email, password } = person;
    const login = await ending.send("POST", "/v1/auth/login", { body: { email, password } });
    await ending.stop();
    expect([login.status, login.body.access_token]).to.deep.equal([401, undefined]);
  });

  it("exchanges a refresh token for a new pair of the same session", async () => {
    const first = await registered();
    const { status, body } = await refresh(first.refresh_token);
    expect(status).to.equal(200);
    expect(body.refresh_token).not.to.equal(first.refresh_token);
    expect(decodeJwt(body.access_token).sid).to.equal(decodeJwt(first.access_token).sid);
    expect((await me(body.access_token)).status).to.equal(200);
  });

  it("gives a phone that lost the answer the very same successor", async () => {
    const { refresh_token } = await registered();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refresh_token)));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).to.equal(1);
    service.advance(defaultTokens.refreshGraceSeconds - 1);
    expect((await refresh(refresh_token)).body.refresh_token).to.equal(answers[0]?.body.refresh_token);
  });

  it("ends the session when an old refresh token comes back", async () => {
    const { refresh_token } = await registered();
    const { body } = await refresh(refresh_token);
    service.advance(defaultTokens.refreshGraceSeconds + 1);
    const reused = await refresh(refresh_token);
    expect(reused.status).to.equal(401);
    expect(reused.body.type).to.equal("https://ecobeat.app/problems/refresh-token-reused");
    expect((await refresh(body.refresh_token)).status).to.equal(401);
  });

  it("does not let a forged token end a session", async () => {
    const { refresh_token } = await registered();
    const forged =
      refresh_token.slice(0, 60) + (refresh_token[60] === "A" ? "B" : "A") + refresh_token.slice(61);
    expect((await refresh(forged)).status).to.equal(401);
    expect((await refresh(refresh_token)).status).to.equal(200);
  });

  it("signs nothing for a token that was never issued, and for that of a dead session no more than its limit", async () => {
    const key = await testSigningKey();
    const refreshBySession = { requests: 3, windowSeconds: 300 };
    const signing = await startService(
      { signingKeys: async () => ({ current: key }) },
      { limits: { ...testConfig.limits, refreshBySession } },
    );
    const send = async (path: string, body: object) => signing.send("POST", `/v1/auth/${path}`, { body });
    const { refresh_token } = (await send("register", newPerson())).body;
    await send("logout", { refresh_token });
    key.signatures = 0;
    for (const junk of ["junk", `${refresh_token.slice(0, -1)}!`, `A${refresh_token}`, "A".repeat(107)]) {
      expect((await send("refresh", { refresh_token: junk })).status).to.equal(401);
    }
    expect(key.signatures).to.equal(0);
    const statuses = [];
    for (let time = 0; time < 5; time++) statuses.push((await send("refresh", { refresh_token })).status);
    await signing.stop();
    expect([statuses, key.signatures]).to.deep.equal([[401, 401, 401, 429, 429], 3]);
  });

  it("logs out: the refresh token is spent, and logging out again is no error", async () => {
    const { refresh_token, user } = await registered();
    const logOut = () => service.send("POST", "/v1/auth/logout", { body: { refresh_token } });
    for (let i = 0; i < 2; i++) {
      expect((await logOut()).status).to.equal(204);
      const events = service.lines.filter(
        ({ event, user_id }) => event === "session_revoked" && user_id === user.id,
      );
      expect(events).to.have.length(1);
    }
    expect((await refresh(refresh_token)).status).to.equal(401);
    expect(
      (await service.send("POST", "/v1/auth/logout", { body: { refresh_token: "junk" } })).status,
    ).to.equal(204);
  });

  it("changes the profile, and shows the change at once", async () => {
    const { access_token, user } = await registered();
    await me(access_token);
    const changed = await service.send("PATCH", "/v1/users/me", {
      token: access_token,
      body: { name: "  Anna  " },
    });
    expect(changed.body).to.include({ id: user.id, name: "Anna" });
    expect((await me(access_token)).body).to.deep.equal(changed.body);
  });

  it("deletes the account with its sessions", async () => {
    const { access_token, refresh_token, person } = await registered();
    expect((await me(access_token)).status).to.equal(200);
    expect((await service.send("DELETE", "/v1/users/me", { token: access_token })).status).to.equal(204);
    expect((await me(access_token)).status).to.equal(401);
    expect((await refresh(refresh_token)).status).to.equal(401);
    const login = { email: person.email, password: person.password };
    expect((await service.send("POST", "/v1/auth/login", { body: login })).status).to.equal(401);
    expect((await service.send("POST", "/v1/auth/register", { body: person })).status).to.equal(201);
  });

  it("refuses an access token that has expired, even one it has seen before", async () => {
    const { access_token } = await registered();
    expect((await me(access_token)).status).to.equal(200);
    service.advance(880);
    expect((await me(access_token)).status).to.equal(200);
    service.advance(20);
    const expired = await me(access_token);
    expect(expired.status).to.equal(401);
    expect(expired.headers.get("www-authenticate")).to.contain('error="invalid_token"');
  });

  it("keeps a session through its lifetime, and not beyond", async () => {
    const { refresh_token } = await registered();
    service.advance(defaultTokens.sessionIdleSeconds - 1);
    const { status, body } = await refresh(refresh_token);
    expect(status).to.equal(200);
    service.advance(defaultTokens.sessionIdleSeconds + 1);
    expect((await refresh(body.refresh_token)).status).to.equal(401);
  });
});
