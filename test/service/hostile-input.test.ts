import { expect } from "chai";
import { expectProblem, newPerson, type TestUser, useService } from "../support/service.ts";

describe("Hostile input", () => {
  const service = useService();
  let user: TestUser;
  before(async () => {
    user = await service.register();
  });

  const register = (body: unknown, headers = {}) => service.send("POST", "/v1/auth/register", { body, headers });
  const pointers = ({ body }: Awaited<ReturnType<typeof register>>): string[] =>
    body.errors.map(({ pointer }: { pointer: string }) => pointer);

  describe("in the body of a registration", () => {
    const unreadable: [string, unknown, number, string][] = [
      ["no JSON at all", "hello", 400, "malformed-json"],
      ["bad UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400, "invalid-utf-8"],
      ["an overlong UTF-8 form", Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d]), 400, "invalid-utf-8"],
      ["an empty body", "", 422, "invalid-body"],
      ["arrays nested 40,000 deep", "[".repeat(40_000) + "]".repeat(40_000), 422, "invalid-body"],
    ];
    for (const [what, body, status, slug] of unreadable) {
      it(`${what}: ${status} ${slug}`, async () => {
        const response = await register(body);
        expectProblem(response, status, slug);
        expect(response.body.status).to.equal(status);
        expect(response.headers.get("content-type")).to.match(/^application\/problem\+json/);
        expect(response.body.instance).to.equal(`urn:request:${response.headers.get("x-request-id")}`);
      });
    }

    const json = (name: string, more = "") =>
      `{"email":"a@example.com","password":"a long passphrase","name":${name}${more}}`;
    const invalid: [string, string | object, string][] = [
      ["an array", [], ""],
      ["missing members", "{}", "/email"],
      ["a prototype", json('"A"', ',"__proto__":{"x":1}'), "/__proto__"],
      ["an operator for the e-mail address", { email: { $gt: "" } }, "/email"],
      ["an operator for the password", { password: { $ne: null } }, "/password"],
      ["a number for the name", { name: 7 }, "/name"],
      ["null for the name", { name: null }, "/name"],
      ["an array for the password", { password: ["a long passphrase"] }, "/password"],
      ["an unknown member", { isAdmin: true }, "/isAdmin"],
      ["an unknown member with a dollar", { $where: "1" }, "/$where"],
      ["no e-mail address", { email: "ann" }, "/email"],
      ["a password of 7 characters", { password: "1234567" }, "/password"],
      ["a password of 4 emoji, 8 UTF-16 units", { password: "😀😀😀😀" }, "/password"],
      ["a password of 257 bytes", { password: "a".repeat(257) }, "/password"],
      ["a password of 86 characters, 258 bytes", { password: "€".repeat(86) }, "/password"],
      ["a name of spaces", { name: "   " }, "/name"],
    ];
    for (const [what, body, pointer] of invalid) {
      it(`${what}: 422 invalid-body`, async () => {
        const isMembers = typeof body === "object" && !Array.isArray(body);
        const response = await register(isMembers ? { ...newPerson(), ...body } : body);
        expectProblem(response, 422, "invalid-body");
        expect(pointers(response)).to.include(pointer);
      });
    }

    it("names all members at fault", async () => {
      const response = await register({ email: 1, password: 2, name: 3, more: 4 });
      expect(pointers(response)).to.have.members(["/email", "/password", "/name", "/more"]);
    });

    it("never echoes a value", async () => {
      const { body } = await register({ ...newPerson(), password: "secret!" });
      expect(JSON.stringify(body)).not.to.contain("secret!");
    });
  });

  it("64 characters of 4 bytes are taken for a password", async () => {
    const person = await service.register({ password: "\u{1f600}".repeat(64) });
    expect((await service.logIn(person)).status).to.equal(200);
  });

  for (const [what, method, path, bodies] of [
    [
      "a login with operators, or a password of 257 bytes",
      "POST",
      "/v1/auth/login",
      [
        { email: { $gt: "" }, password: { $gt: "" } },
        { email: "ann@example.com", password: "a".repeat(257) },
      ],
    ],
    [
      "a refresh token that is an operator, a number or 10 kB long",
      "POST",
      "/v1/auth/refresh",
      [{ $gt: "" }, 7, "a".repeat(10_000)].map((refresh_token) => ({ refresh_token })),
    ],
    [
      "a profile change of the id, the e-mail address or nothing",
      "PATCH",
      "/v1/users/me",
      [{ id: "x" }, { email: "other@example.com" }, { passwordHash: "x" }, {}],
    ],
  ] as const) {
    it(`${what}: 422`, async () => {
      for (const body of bodies) expect((await user.send(method, path, { body })).status).to.equal(422);
    });
  }

  it("unknown routes: 404", async () => {
    for (const path of [
      "/",
      "/v1",
      "/v1/auth",
      "/v1/auth/nothing",
      "/v2/users/me",
      "/V1/auth/login",
      "/health",
      "/.env",
      "/v1/auth/login/x",
    ]) {
      expectProblem(await service.send("GET", path), 404, "not-found");
    }
  });

  it("a broken escape in the path: 4xx", async () => {
    for (const path of ["/v1/%ff", "/v1/users/%", "/%00", "/v1/users/me%2f..%2f"]) {
      expect((await service.send("GET", path)).status, path).to.be.within(400, 499);
    }
  });

  it("wrong methods: 405 and the allowed methods", async () => {
    for (const [method, path, allowed] of [
      ["GET", "/v1/auth/login", "POST"],
      ["DELETE", "/v1/auth/register", "POST"],
      ["PUT", "/v1/users/me", "GET, HEAD, PATCH, DELETE"],
      ["POST", "/health/live", "GET, HEAD"],
      ["POST", "/.well-known/jwks.json", "GET, HEAD"],
    ] as const) {
      const response = await user.send(method, path);
      expect(response.status, path).to.equal(405);
      expect(response.headers.get("allow")).to.equal(allowed);
    }
  });

  it("no token, and headers that are none: 401", async () => {
    const { token } = user;
    expectProblem(await service.send("GET", "/v1/users/me"), 401, "missing-token");
    for (const authorization of ["", "Bearer", "Bearer ", "Basic YTpi", token, `Bearer ${token} x`]) {
      const response = await service.send("GET", "/v1/users/me", { headers: { authorization } });
      expect(response.status, authorization.slice(0, 12)).to.equal(401);
      expect(response.headers.get("x-amzn-remapped-www-authenticate")).to.match(/^Bearer realm=/);
    }
  });

  it("does not let a client choose its request id", async () => {
    const { headers } = await service.send("GET", "/health/live", { headers: { "x-request-id": "mine" } });
    expect(headers.get("x-request-id")).to.match(/^[0-9a-f-]{36}$/);
  });

  it("allows CORS for the environment's origins only, without credentials", async () => {
    const preflight = (origin: string) =>
      service.send("OPTIONS", "/v1/users/me", { headers: { origin, "access-control-request-method": "PATCH" } });
    const allowed = await preflight("https://app.test");
    expect(allowed.headers.get("access-control-allow-origin")).to.equal("https://app.test");
    expect(allowed.headers.get("access-control-allow-credentials")).to.equal(null);
    for (const origin of ["https://evil.test", "https://app.test.evil.test", "http://app.test", "null"]) {
      expect((await preflight(origin)).headers.get("access-control-allow-origin"), origin).to.equal(null);
    }
  });
});
