import { expect } from "chai";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { UserRepository } from "../../../service/users/repository.ts";
import { embeddedDatabase } from "../../support/databases.ts";
import { createFailingDatabase } from "../../support/failing-dependency.ts";
import {
  cheapPasswords,
  expectProblem,
  newPerson,
  startService,
  testConfig,
  testSigningKey,
  useService,
} from "../../support/service.ts";

describe("Accounts and sessions over HTTP", () => {
  const service = useService();
  const getProfile = (token: string) => service.send("GET", "/v1/users/me", { token });

  it("registers a person, who then has a profile and tokens", async () => {
    const { status, body, headers } = await service.send("POST", "/v1/auth/register", { body: newPerson() });
    expect(status).to.equal(201);
    expect(headers.get("location")).to.equal("/v1/users/me");
    expect(body).to.have.all.keys("user", "access_token", "token_type", "expires_in", "refresh_token");
    expect(body).to.include({ token_type: "Bearer", expires_in: 900 });
    expect(body.user).to.have.all.keys("id", "email", "email_verified", "name", "created_at", "updated_at");
    expect((await getProfile(body.access_token)).body).to.deep.equal(body.user);
  });

  it("logs in with the address in another spelling, and with the password composed in another way", async () => {
    const { email } = await service.register({ password: "caf\u00e9 au lait" });
    const login = await service.logIn({ email: email.toUpperCase(), password: "cafe\u0301\u00a0au lait" });
    expect(login.status).to.equal(200);
  });

  it("responds to a wrong password and an unknown account with the same words", async () => {
    const { email } = await service.register();
    const [wrong, unknown] = await Promise.all(
      [email, "unknown@example.com"].map((email) => service.logIn({ email, password: "not the password" })),
    );
    expectProblem(wrong!, 401, "invalid-credentials");
    expect({ ...wrong!.body, instance: "" }).to.deep.equal({ ...unknown!.body, instance: "" });
  });

  it("issues access tokens that anyone can verify with the published key set", async () => {
    const { token, id } = await service.register();
    const keys = createRemoteJWKSet(new URL(`${service.url}/.well-known/jwks.json`));
    const { apiUrl } = testConfig;
    const { payload } = await jwtVerify(token, keys, { issuer: apiUrl, audience: apiUrl, algorithms: ["RS256"] });
    expect(payload.sub).to.equal(id);
    expect(payload.exp! - payload.iat!).to.equal(900);
    expect(decodeProtectedHeader(token)).to.have.all.keys("alg", "typ", "kid");
  });

  it("lets caches keep the key set, and nothing else", async () => {
    const { send } = await service.register();
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
      expect((await send(method, path)).headers.get("cache-control"), path).to.equal("no-store");
    }
  });

  it("sends the security headers that matter to JSON with every response", async () => {
    for (const path of ["/health/live", "/nothing"]) {
      const { headers } = await service.send("GET", path);
      expect(headers.get("strict-transport-security")).to.match(/max-age=\d{8}/);
      expect(headers.get("x-content-type-options")).to.equal("nosniff");
      expect(headers.get("content-security-policy")).to.contain("default-src 'none'");
      expect(headers.get("x-powered-by")).to.equal(null);
    }
  });

  describe("after the parameters of password hashes have risen", () => {
    const startWith = (database: unknown, memoryKib: number) =>
      startService({ database: async () => database as never }, { passwords: { ...cheapPasswords, memoryKib } });

    it("makes a stronger hash at the first login, and never a weaker one", async () => {
      await using embedded = await embeddedDatabase();
      const hashes: string[] = [];
      const person = newPerson();
      for (const memoryKib of [1_024, 2_048, 1_024]) {
        await using current = await startWith(embedded.database, memoryKib);
        await current.send("POST", "/v1/auth/register", { body: person });
        expect((await current.logIn(person)).status).to.equal(200);
        hashes.push((await new UserRepository(embedded.database).findByEmail(person.email))!.passwordHash);
      }
      expect(hashes.map((hash) => /m=\d+/.exec(hash)![0])).to.deep.equal(["m=1024", "m=2048", "m=2048"]);
    });

    it("logs in although the stronger hash cannot be stored", async () => {
      await using embedded = await embeddedDatabase();
      const failing = createFailingDatabase(embedded.database, "users.updateOne");
      await using weak = await startWith(embedded.database, 1_024);
      const user = await weak.register();
      await using strong = await startWith(failing.proxy, 2_048);
      failing.state.down = true;
      expect((await strong.logIn(user)).status).to.equal(200);
    });
  });

  it("lets no login that is in progress outlive the deletion of its account", async () => {
    const user = await service.register();
    const [, ...logins] = await Promise.all([
      user.send("DELETE", "/v1/users/me"),
      ...Array.from({ length: 20 }, () => service.logIn(user)),
    ]);
    for (const { body } of logins.filter(({ status }) => status === 200))
      expect((await service.refresh(body.refresh_token)).status).to.equal(401);
  });

  it("refuses a login if all sessions were ended since its password was read", async () => {
    const store = new MemorySessionStore();
    await using ending = await startService({ sessions: async () => store });
    const user = await ending.register();
    await store.revokeAll(user.id, Date.now() + 60_000);
    const login = await ending.logIn(user);
    expect([login.status, login.body.access_token]).to.deep.equal([401, undefined]);
  });

  it("does not let a forged token end a session", async () => {
    const { refreshToken } = await service.register();
    const forged = refreshToken.slice(0, 60) + (refreshToken[60] === "A" ? "B" : "A") + refreshToken.slice(61);
    expect((await service.refresh(forged)).status).to.equal(401);
    expect((await service.refresh(refreshToken)).status).to.equal(200);
  });

  it("signs nothing for a token that was never issued, and for that of a dead session no more than its limit", async () => {
    const key = await testSigningKey();
    const refreshBySession = { requests: 3, windowSeconds: 300 };
    await using signing = await startService(
      { signingKeys: async () => ({ current: key }) },
      { limits: { ...testConfig.limits, refreshBySession } },
    );
    const { refreshToken } = await signing.register();
    await signing.send("POST", "/v1/auth/logout", { body: { refresh_token: refreshToken } });
    key.signatures = 0;
    for (const junk of ["junk", `${refreshToken.slice(0, -1)}!`, `A${refreshToken}`, "A".repeat(107), "A".repeat(112)])
      expect((await signing.refresh(junk)).status).to.equal(401);
    expect(key.signatures).to.equal(0);
    const statuses = [];
    for (let time = 0; time < 5; time++) statuses.push((await signing.refresh(refreshToken)).status);
    expect([statuses, key.signatures]).to.deep.equal([[401, 401, 401, 429, 429], 3]);
  });

  it("logs out: the refresh token is spent, and logging out again is no error", async () => {
    const { refreshToken, id } = await service.register();
    const logOut = async (refresh_token: string) =>
      expect((await service.send("POST", "/v1/auth/logout", { body: { refresh_token } })).status).to.equal(204);
    for (const token of [refreshToken, refreshToken, "junk"]) await logOut(token);
    const events = service.lines.filter((line) => line.event === "session_revoked" && line.user_id === id);
    expect(events).to.have.length(1);
    expect((await service.refresh(refreshToken)).status).to.equal(401);
  });
});
