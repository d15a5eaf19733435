import { expect } from "chai";
import fc from "fast-check";
import { jsonLogger, redactText } from "../../../service/platform/logging.ts";
import { newPerson, startService } from "../../support/service.ts";

const lineOf = (fields: Record<string, unknown>) => {
  let written = "";
  jsonLogger(
    (line) => {
      written += line;
    },
    () => 0,
  ).write("info", "message", fields);
  return written;
};

describe("A log line", () => {
  it("is one JSON object on one line, whatever it holds", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) => {
        fc.pre(!JSON.stringify(fields, (_, v) => (typeof v === "bigint" ? "big" : v)).includes("big"));
        const line = lineOf(fields);
        return line.indexOf("\n") === line.length - 1 && typeof JSON.parse(line) === "object";
      }),
    );
  });

  for (const name of [
    "password",
    "newPassword",
    "refresh_token",
    "accessToken",
    "Authorization",
    "api_key",
    "x-api-key",
    "email",
    "e-mail",
    "pepper",
    "clientSecret",
  ]) {
    it(`never shows the value of ${name}, at any depth`, () => {
      expect(lineOf({ [name]: "visible", deeper: [{ [name]: { a: "visible" } }] })).not.to.contain("visible");
    });
  }

  it("shows no e-mail address, token or credentials in free text, such as a driver's error", () => {
    const cause = new Error("E11000 dup key: ann@example.com", {
      cause: new Error("mongodb://user:hidden@host/x"),
    });
    const line = lineOf({ cause, text: "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln" });
    for (const secret of ["ann@", "user:hidden", "eyJ"]) expect(line).not.to.contain(secret);
    expect(line).to.contain("E11000");
  });

  it("is redacted in linear time", () => {
    const long = "a.".repeat(50_000);
    const started = process.cpuUsage().user;
    redactText(long);
    redactText(`eyJ${"a".repeat(100_000)}`);
    redactText("://".repeat(30_000));
    // Quadratic time would take minutes.
    expect(process.cpuUsage().user - started).to.be.below(5_000_000);
  });
});

describe("What the service logs", () => {
  it("is one line for each request, with its route and no personal data", async () => {
    const service = await startService();
    const person = { ...newPerson(), name: "Zacharias Unmistakable" };
    const { body } = await service.send("POST", "/v1/auth/register", { body: person });
    await service.send("POST", "/v1/auth/register", { body: person });
    await service.send("POST", "/v1/auth/login", {
      body: { ...person, name: undefined, password: "wrong one" },
    });
    await service.send("POST", "/v1/auth/refresh", { body: { refresh_token: body.refresh_token } });
    await service.send("GET", "/v1/users/me", { token: body.access_token });
    await service.send("GET", `/v1/users/me?email=${person.email}`, { token: body.access_token });
    await service.send("GET", `/${person.email}`, { headers: { "user-agent": person.email } });
    await service.send("PATCH", "/v1/users/me", { token: body.access_token, body: { name: 7 } });
    await service.stop();

    expect(service.lines.map(({ route, status }) => `${route} ${status}`)).to.deep.equal([
      "/v1/auth/register 201",
      "/v1/auth/register 409",
      "/v1/auth/login 401",
      "/v1/auth/refresh 200",
      "/v1/users/me 200",
      "/v1/users/me 200",
      "unmatched 404",
      "/v1/users/me 422",
    ]);
    const log = JSON.stringify(service.lines);
    for (const secret of [
      person.email,
      person.name,
      person.password,
      body.access_token,
      body.refresh_token,
      "wrong one",
    ]) {
      expect(log).not.to.contain(secret);
    }
    for (const line of service.lines) {
      expect(line).to.include.keys(
        "timestamp",
        "level",
        "request_id",
        "method",
        "route",
        "status",
        "duration_ms",
      );
    }
    expect(service.lines[4]?.user_id).to.equal(body.user.id);
  });
});
