import { expect } from "chai";
import fc from "fast-check";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { newPerson, startService } from "../../support/service.ts";

const logLine = (fields: Record<string, unknown>) => {
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
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anything), (fields) => {
        const line = logLine(fields);
        return line.indexOf("\n") === line.length - 1 && typeof JSON.parse(line) === "object";
      }),
    );
  });

  it("has big integers, the causes of an error and the errors of an aggregate", () => {
    const cause = new AggregateError([new Error("first"), new Error("second")], "both", {
      cause: new RangeError("third", { cause: 12n }),
    });
    const shown = JSON.parse(logLine({ cause })).cause;
    expect(shown).to.include({ name: "AggregateError", message: "both" });
    expect(shown.errors.map(({ message }: Error) => message)).to.deep.equal(["first", "second"]);
    expect(shown.cause).to.include({ name: "RangeError", message: "third", cause: "12" });
  });

  it("is written without circular references", () => {
    const circular: Record<string, unknown> = { list: [], id: "kept" };
    (circular.list as unknown[]).push(circular, circular);
    const error = new Error("its own cause");
    error.cause = new Error("another", { cause: error });
    const line = JSON.parse(logLine({ circular, error, twice: [error, error] }));
    expect(line.circular).to.deep.equal({ list: ["[circular]", "[circular]"], id: "kept" });
    expect(line.error.cause).to.include({ message: "another", cause: "[circular]" });
    expect(line.twice[1].message).to.equal("its own cause");
  });

  it("is written without unreadable members", () => {
    const broken = {
      get thrown() {
        throw new Error("no");
      },
      json: {
        toJSON() {
          throw new Error("no");
        },
      },
      endless: {
        toJSON() {
          return { ...this };
        },
      },
      revoked: revokedProxy(),
      id: "kept",
    };
    let deep: unknown = "bottom";
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    const line = JSON.parse(logLine({ broken, deep, status: 500 }));
    expect(line.broken).to.include({ thrown: "[unreadable]", json: "[unreadable]", id: "kept" });
    expect(line.status).to.equal(500);
    expect(JSON.stringify(line)).to.contain("[too deep]").and.not.to.contain("bottom");
  });

  it("that cannot be written is lost, without an error", () => {
    const log = jsonLogger(() => {
      throw new Error("EPIPE");
    });
    expect(() => log.write("info", "message")).not.to.throw();
  });

  it("redacts e-mail addresses, tokens and credentials in free text, such as a driver's error", () => {
    const cause = new Error("E11000 dup key: ann@example.com", { cause: new Error("mongodb://user:hidden@host/x") });
    const line = logLine({ cause, text: "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln" });
    for (const secret of ["ann@", "user:hidden", "eyJ"]) expect(line).not.to.contain(secret);
    expect(line).to.contain("E11000");
  });
});

describe("What the service logs", () => {
  it("is one line for each request, with its route and no personal data", async () => {
    await using service = await startService();
    const person = { ...newPerson(), name: "Zacharias Unmistakable" };
    const user = await service.register(person);
    await service.send("POST", "/v1/auth/register", { body: person });
    await service.logIn({ ...person, password: "wrong one" });
    await service.refresh(user.refreshToken);
    await user.send("GET", "/v1/users/me");
    await user.send("GET", `/v1/users/me?email=${person.email}`);
    await service.send("GET", `/${person.email}`, { headers: { "user-agent": person.email } });
    await user.send("PATCH", "/v1/users/me", { body: { name: 7 } });
    await user.send("GET", "/v1/sessions");

    const lines = service.lines.filter(({ message }) => message === "request");
    expect(lines.map(({ route, status }) => `${route} ${status}`)).to.deep.equal([
      "/v1/auth/register 201",
      "/v1/auth/register 409",
      "/v1/auth/login 401",
      "/v1/auth/refresh 200",
      "/v1/users/me 200",
      "/v1/users/me 200",
      "unmatched 404",
      "/v1/users/me 422",
      "/v1/sessions 200",
    ]);
    const log = JSON.stringify(service.lines);
    const { email, name, password, token, refreshToken } = user;
    for (const secret of [email, name, password, token, refreshToken, "wrong one"]) expect(log).not.to.contain(secret);
    const fields = ["timestamp", "level", "request_id", "method", "route", "status", "duration_ms"];
    for (const line of lines) expect(line).to.include.keys(fields);
    expect(lines[4]?.user_id).to.equal(user.id);
  });
});

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
