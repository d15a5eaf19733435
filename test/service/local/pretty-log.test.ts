import { expect } from "chai";
import { prettyLine } from "../../../service/local/pretty-log.ts";
import { type Fields, jsonLogger, type Level } from "../../../service/platform/logging.ts";
import { embeddedMetrics } from "../../../service/platform/metrics.ts";

/** What a person reads of a line. */
function shown(level: Level, message: string, fields?: Fields, colour = false): string {
  let text = "";
  jsonLogger(
    (line) => {
      text += prettyLine(line, colour);
    },
    () => Date.UTC(2026, 0, 2, 3, 4, 5),
  ).write(level, message, fields);
  return text;
}

const request = {
  request_id: "3f2a91c0-4b5d-4c3e-8f00-000000000000",
  method: "GET",
  route: "/v1/users/me",
  status: 200,
  duration_ms: 4,
};

describe("A pretty log line", () => {
  const time = new Date(Date.UTC(2026, 0, 2, 3, 4, 5)).toLocaleTimeString("en-GB");

  it("is one line for a request: time, method, route, status, duration and the start of its id", () => {
    expect(shown("info", "request", request).replaceAll(/ +/g, " ")).to.equal(
      `${time} GET /v1/users/me 200 4 ms 3f2a91c0\n`,
    );
  });

  it("shows the path instead of the route, and a problem by its slug", () => {
    const problem = "https://ecobeat.app/problems/not-found";
    expect(
      shown("info", "request", { ...request, route: "unmatched", path: "/v1/acts", status: 404, problem }),
    ).to.match(/ GET +\/v1\/acts +404 +4 ms 3f2a91c0 problem=not-found\n$/);
  });

  it("names what else the line holds, and the level of what is no request", () => {
    expect(shown("info", "request", { ...request, user_id: "u1", aborted: true })).to.match(
      / user_id=u1 aborted=true\n$/,
    );
    expect(shown("warn", "security event", { event: "reuse", count: 2 })).to.equal(
      `${time} WARN security event event=reuse count=2\n`,
    );
  });

  it("shows what was measured, without what only CloudWatch reads", () => {
    const metrics = embeddedMetrics(0, { Logins: { unit: "Count", value: 1 } });
    expect(shown("info", "request", { ...request, ...metrics })).to.match(/ 3f2a91c0 Logins=1\n$/);
  });

  it("shows an error below its line, indented, with its stack and what caused it", () => {
    const cause = new Error("both", { cause: new AggregateError([new RangeError("first"), "second"], "inner") });
    const lines = shown("error", "request", { ...request, status: 500, cause }).split("\n");
    expect(lines[0]).to.match(/ 500 .* fingerprint=Error-\w+$/);
    expect(lines[1]).to.equal("    Error: both");
    expect(lines[2]).to.match(/^ {8}at .+pretty-log\.test\.ts/);
    for (const line of ["      AggregateError: inner", "        RangeError: first", "        second"])
      expect(lines).to.include(line);
    expect(lines.slice(1).every((line) => line === "" || line.startsWith("    "))).to.equal(true);
  });

  it("is coloured on request, and never steers the terminal otherwise", () => {
    expect(shown("info", "request", request, true)).to.contain("\u001b[32m200\u001b[39m");
    expect(shown("info", "request", { ...request, status: 404 }, true)).to.contain("\u001b[33m404");
    expect(shown("error", "request", { ...request, status: 503 }, true)).to.contain("\u001b[31m503");
    const cause = new Error("\u001b[2J\r\u009b2Jforged");
    const text = shown("error", "said \u001b[31m\n", { ...request, "\u0007": "\u0007", cause });
    expect(text).not.to.match(/[^\P{Cc}\n]/u);
    expect(text).to.contain("\\x1b[2J\\x0d\\x9b2Jforged");
  });

  it("shows no secret: it is made from the line that holds none", () => {
    const text = shown("error", "from ann@example.com", {
      password: "hidden",
      nested: { api_key: "hidden" },
      cause: new Error("mongodb://ann:hidden@host", { cause: { token: "hidden" } }),
    });
    expect(text).not.to.contain("hidden").and.not.contain("ann@");
    expect(text).to.contain("password=[redacted]").and.contain('{"token":"[redacted]"}');
  });
});
