import { connect } from "node:net";
import { expect } from "chai";
import { newPerson, startService, type TestService } from "../support/service.ts";

const problem = (slug: string) => `https://ecobeat.app/problems/${slug}`;

describe("Hostile input", () => {
  let service: TestService;
  let token: string;
  before(async () => {
    service = await startService();
    token = (await service.send("POST", "/v1/auth/register", { body: newPerson() })).body.access_token;
  });
  after(() => service.stop());

  const register = (body: unknown, headers = {}) =>
    service.send("POST", "/v1/auth/register", { body, headers });

  describe("in the body of a registration", () => {
    const cases: [string, unknown, number, string, string?][] = [
      ["malformed JSON", '{"email":', 400, "malformed-json"],
      ["no JSON at all", "hello", 400, "malformed-json"],
      ["bad UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400, "invalid-utf-8"],
      ["an overlong UTF-8 form", Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d]), 400, "invalid-utf-8"],
      ["an empty body", "", 422, "invalid-body"],
      ["an array", [], 422, "invalid-body", ""],
      ["missing members", {}, 422, "invalid-body", "/email"],
      [
        "an operator for the e-mail address",
        { ...newPerson(), email: { $gt: "" } },
        422,
        "invalid-body",
        "/email",
      ],
      [
        "an operator for the password",
        { ...newPerson(), password: { $ne: null } },
        422,
        "invalid-body",
        "/password",
      ],
      ["a number for the name", { ...newPerson(), name: 7 }, 422, "invalid-body", "/name"],
      ["null for the name", { ...newPerson(), name: null }, 422, "invalid-body", "/name"],
      [
        "an array for the password",
        { ...newPerson(), password: ["a long passphrase"] },
        422,
        "invalid-body",
        "/password",
      ],
      ["an unknown member", { ...newPerson(), isAdmin: true }, 422, "invalid-body", "/isAdmin"],
      ["an unknown member with a dollar", { ...newPerson(), $where: "1" }, 422, "invalid-body", "/$where"],
      [
        "a prototype",
        `{"email":"a@example.com","password":"a long passphrase","name":"A","__proto__":{"x":1}}`,
        422,
        "invalid-body",
        "/__proto__",
      ],
      ["what is no e-mail address", { ...newPerson(), email: "ann" }, 422, "invalid-body", "/email"],
      [
        "an e-mail address over 254 bytes",
        { ...newPerson(), email: `${"a".repeat(250)}@b.io` },
        422,
        "invalid-body",
        "/email",
      ],
      [
        "a password of 7 characters",
        { ...newPerson(), password: "1234567" },
        422,
        "invalid-body",
        "/password",
      ],
      [
        "a password of 4 emoji, 8 UTF-16 units",
        { ...newPerson(), password: "😀😀😀😀" },
        422,
        "invalid-body",
        "/password",
      ],
      [
        "a password of 257 bytes",
        { ...newPerson(), password: "a".repeat(257) },
        422,
        "invalid-body",
        "/password",
      ],
      [
        "a password of 86 characters, 258 bytes",
        { ...newPerson(), password: "€".repeat(86) },
        422,
        "invalid-body",
        "/password",
      ],
      [
        "half a surrogate pair",
        '{"email":"a@example.com","password":"a long passphrase","name":"\\ud800"}',
        422,
        "invalid-body",
        "/name",
      ],
      ["a control character in the name", { ...newPerson(), name: "a\u0000b" }, 422, "invalid-body", "/name"],
      ["a name of spaces", { ...newPerson(), name: "   " }, 422, "invalid-body", "/name"],
      ["a name of 101 characters", { ...newPerson(), name: "a".repeat(101) }, 422, "invalid-body", "/name"],
      ["100 kB and a byte", `{"a":"${"a".repeat(100 * 1024 - 7)}"}`, 413, "body-too-large"],
      ["arrays nested 40,000 deep", "[".repeat(40_000) + "]".repeat(40_000), 422, "invalid-body"],
    ];
    for (const [what, body, status, slug, pointer] of cases) {
      it(`${what}: ${status} ${slug}`, async () => {
        const answer = await register(body);
        expect(answer.body).to.include({ status, type: problem(slug) });
        expect(answer.status).to.equal(status);
        expect(answer.headers.get("content-type")).to.match(/^application\/problem\+json/);
        expect(answer.body.instance).to.equal(`urn:request:${answer.headers.get("x-request-id")}`);
        if (pointer !== undefined) {
          expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).to.include(pointer);
        }
      });
    }

    it("exactly 100 kB is read", async () => {
      const answer = await register(`{"a":"${"a".repeat(100 * 1024 - 8)}"}`);
      expect(answer.status).to.equal(422);
    });

    it("names every member at fault at once", async () => {
      const { body } = await register({ email: 1, password: 2, name: 3, more: 4 });
      const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
      expect(pointers).to.have.members(["/email", "/password", "/name", "/more"]);
    });

    it("never echoes a value", async () => {
      const answer = await register({ ...newPerson(), password: "secret!" });
      expect(JSON.stringify(answer.body)).not.to.contain("secret!");
    });
  });

  for (const [what, spelling] of [
    ["in another case", "MARA@example.com"],
    ["with a full-width letter", "\uff4dara@example.com"],
  ] as const) {
    it(`an e-mail address that is taken, ${what}: 409 email-taken`, async () => {
      await register({ ...newPerson(), email: "mara@example.com" });
      const answer = await register({ ...newPerson(), email: spelling });
      expect(answer.body).to.include({ status: 409, type: problem("email-taken") });
    });
  }

  it("64 characters of 4 bytes are taken for a password", async () => {
    const person = { ...newPerson(), password: "\u{1f600}".repeat(64) };
    expect((await register(person)).status).to.equal(201);
    const { email, password } = person;
    expect((await service.send("POST", "/v1/auth/login", { body: { email, password } })).status).to.equal(
      200,
    );
  });

  it("a login with operators, or a password of 257 bytes: 422", async () => {
    for (const body of [
      { email: { $gt: "" }, password: { $gt: "" } },
      { email: "ann@example.com", password: "a".repeat(257) },
    ]) {
      expect((await service.send("POST", "/v1/auth/login", { body })).status).to.equal(422);
    }
  });

  it("a refresh token that is an operator, a number or 10 kB long: 422", async () => {
    for (const refresh_token of [{ $gt: "" }, 7, "a".repeat(10_000)]) {
      expect((await service.send("POST", "/v1/auth/refresh", { body: { refresh_token } })).status).to.equal(
        422,
      );
    }
  });

  it("a profile change of the id, the e-mail address or nothing: 422", async () => {
    for (const body of [{ id: "x" }, { email: "other@example.com" }, { passwordHash: "x" }, {}]) {
      expect((await service.send("PATCH", "/v1/users/me", { token, body })).status).to.equal(422);
    }
  });

  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=latin1",
    "multipart/form-data; boundary=x",
    "junk",
  ]) {
    it(`content type ${type}: 415`, async () => {
      const answer = await register(JSON.stringify(newPerson()), { "content-type": type });
      expect(answer.body).to.include({ status: 415, type: problem("unsupported-media-type") });
    });
  }

  it("JSON in UTF-16, or in an unknown compression: 415", async () => {
    const utf16 = Buffer.from(JSON.stringify(newPerson()), "utf16le");
    expect((await register(utf16, { "content-type": "application/json; charset=utf-16" })).status).to.equal(
      415,
    );
    expect((await register("{}", { "content-encoding": "zstd-of-my-own" })).status).to.equal(415);
  });

  it("what claims to be gzip and is not: 400", async () => {
    expect((await register("{}", { "content-encoding": "gzip" })).status).to.equal(400);
  });

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
      const answer = await service.send("GET", path);
      expect(answer.body, path).to.include({ status: 404, type: problem("not-found") });
    }
  });

  it("a broken escape in the path: 4xx", async () => {
    for (const path of ["/v1/%ff", "/v1/users/%", "/%00", "/v1/users/me%2f..%2f"]) {
      expect((await service.send("GET", path)).status, path).to.be.within(400, 499);
    }
  });

  it("wrong methods: 405 and the methods that are right", async () => {
    for (const [method, path, allowed] of [
      ["GET", "/v1/auth/login", "POST"],
      ["DELETE", "/v1/auth/register", "POST"],
      ["PUT", "/v1/users/me", "GET, HEAD, PATCH, DELETE"],
      ["POST", "/health/live", "GET, HEAD"],
      ["POST", "/.well-known/jwks.json", "GET, HEAD"],
    ] as const) {
      const answer = await service.send(method, path, { token });
      expect(answer.status, path).to.equal(405);
      expect(answer.headers.get("allow")).to.equal(allowed);
    }
  });

  it("no token, and headers that are none: 401", async () => {
    expect((await service.send("GET", "/v1/users/me")).body.type).to.equal(problem("missing-token"));
    for (const authorization of ["", "Bearer", "Bearer ", "Basic YTpi", token, `Bearer ${token} x`]) {
      const answer = await service.send("GET", "/v1/users/me", { headers: { authorization } });
      expect(answer.status, authorization.slice(0, 12)).to.equal(401);
      expect(answer.headers.get("www-authenticate")).to.match(/^Bearer realm=/);
    }
  });

  it("does not let a client choose its request id", async () => {
    const { headers } = await service.send("GET", "/health/live", { headers: { "x-request-id": "mine" } });
    expect(headers.get("x-request-id")).to.match(/^[0-9a-f-]{36}$/);
  });

  it("answers CORS to the environment's origins alone, without credentials", async () => {
    const answerTo = (origin: string) =>
      service.send("OPTIONS", "/v1/users/me", {
        headers: { origin, "access-control-request-method": "PATCH" },
      });
    const allowed = await answerTo("https://app.test");
    expect(allowed.headers.get("access-control-allow-origin")).to.equal("https://app.test");
    expect(allowed.headers.get("access-control-allow-credentials")).to.equal(null);
    for (const origin of ["https://evil.test", "https://app.test.evil.test", "http://app.test", "null"]) {
      expect((await answerTo(origin)).headers.get("access-control-allow-origin"), origin).to.equal(null);
    }
  });

  it("a body that never comes does not keep others waiting", async () => {
    const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
    socket.write(
      "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    );
    expect((await service.send("GET", "/health/live")).status).to.equal(200);
    socket.destroy();
  });
});
