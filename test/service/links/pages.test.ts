import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Context } from "aws-lambda";
import { expect } from "chai";
import { toApiGatewayEvent } from "../../../scripts/aws/api-gateway-event.ts";
import { apiGatewayHandler } from "../../../service/cloud/api-gateway.ts";
import { linkActions, toAppLink, toLink } from "../../../service/contract.ts";
import { parseForm } from "../../../service/links/form.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { createFailingDependency } from "../../support/failing-dependency.ts";
import { confirmAddress, getToken, requestReset } from "../../support/mails.ts";
import { unreachable } from "../../support/real-errors.ts";
import {
  type ApiResponse,
  problemType,
  startService,
  type TestService,
  testConfig,
  useService,
} from "../../support/service.ts";
import { shortTimeouts } from "../../support/short-timeouts.ts";

const apiKey = "the app's key";
const key = { "x-api-key": apiKey };
const formType = "application/x-www-form-urlencoded";
const newPassword = "nine purple umbrellas";
const [resetPage, confirmPage] = ["/links/reset-password", "/links/confirm-email"];
/** As long as a token, and none. */
const unknown = "WkM3y0o0cVQZ9m2cV1n4Xh8aJ5sB7dKfT6uR2pLeGxE";

const post = (service: TestService, path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  service.send("POST", path, {
    body: new URLSearchParams(form).toString(),
    headers: { "content-type": formType, ...headers },
  });

const reset = (service: TestService, token: string, password = newPassword, repeated = password) =>
  post(service, resetPage, { token, new_password: password, new_password_repeated: repeated });

const getTitle = ({ body }: ApiResponse): string => /<h1>([^<]*)<\/h1>/.exec(body)?.[1] ?? "";

/** The type of the problem that the line of the last request has. */
const getLoggedProblem = ({ lines }: TestService) => lines.findLast(({ message }) => message === "request")?.problem;

describe("The pages of links", () => {
  const service = useService(() => startService({}, { apiKey }));

  async function signUp() {
    const person = await service.register({}, key);
    await confirmAddress(service, person, key);
    return person;
  }

  for (const action of linkActions) {
    const path = `/links/${action}`;

    it(`${path} opens without an API key, the same for each token, and changes nothing`, async () => {
      const person = await service.register({}, key);
      const valid = getToken(service, "email-verification", person.email);
      const pages = await Promise.all(
        [valid, unknown].map(async (token) => {
          const { status, body } = await service.send("GET", `${path}?token=${token}`);
          return [status, body.replaceAll(token, "TOKEN")];
        }),
      );
      expect(pages[0]).to.deep.equal(pages[1]);
      expect(pages[0]![0]).to.equal(200);
      await confirmAddress(service, person, key);
    });

    it(`${path} sends the token in the body of a form, or to the app`, async () => {
      const { body } = await service.send(
        "GET",
        new URL(toLink("http://x", action, unknown)).href.slice("http://x".length),
      );
      expect(body).to.include(`<form method="post" action="${action}">`);
      expect(body).to.include(`<input type="hidden" name="token" value="${unknown}">`);
      expect(body).to.include(`href="${toAppLink(action, unknown)}"`);
      expect(body).not.to.include("<script");
    });

    it(`${path} says if the link is incomplete, and shows nothing of what it has instead`, async () => {
      for (const query of [
        "",
        "?token=",
        "?token=%3Cscript%3E",
        "?token=a&token=b",
        `?token=${"a".repeat(129)}`,
        "?Token=x",
      ]) {
        const response = await service.send("GET", path + query);
        expect([response.status, getTitle(response)], query).to.deep.equal([400, "This link is incomplete"]);
        expect(response.body).not.to.include("script");
      }
      const response = await post(service, path, { token: "" });
      expect([response.status, getTitle(response)]).to.deep.equal([400, "This link is incomplete"]);
    });

    it(`${path} responds to HEAD as to GET, and to other methods with 405, as a page`, async () => {
      const head = await service.send("HEAD", `${path}?token=${unknown}`);
      expect([head.status, head.body, head.headers.get("content-type")]).to.deep.equal([
        200,
        "",
        "text/html; charset=utf-8",
      ]);
      for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const { status, headers } = await service.send(method, path);
        expect([status, headers.get("allow"), headers.get("content-type")], method).to.deep.equal([
          405,
          "GET, HEAD, POST",
          "text/html; charset=utf-8",
        ]);
      }
    });
  }

  it("have headers that keep the token from other sites, caches, frames and search engines", async () => {
    for (const [method, path] of [
      ["GET", `${resetPage}?token=${unknown}`],
      ["GET", "/links/nothing"],
      ["PUT", resetPage],
    ] as const) {
      const { headers, body } = await service.send(method, path);
      const style = /<style>(.*)<\/style>/s.exec(body)![1]!;
      expect(headers.get("content-security-policy")!.split(";")).to.have.members([
        "default-src 'none'",
        `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]);
      expect(Object.fromEntries(headers)).to.include({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(headers.get("etag")).to.equal(null);
    }
  });

  it("reset a password, after which it logs in and the old one does not", async () => {
    const person = await signUp();
    const token = await requestReset(service, person, key);
    const response = await reset(service, token);
    expect([response.status, getTitle(response)]).to.deep.equal([200, "Your password is changed"]);
    expect(response.body).not.to.include(token);
    expect((await service.logIn({ ...person, password: newPassword }, key)).status).to.equal(200);
    expect((await service.logIn(person, key)).status).to.equal(401);
    const again = await reset(service, token, "seven green bicycles");
    expect([again.status, getTitle(again)]).to.deep.equal([400, "This link is no longer valid"]);
  });

  it("let password managers choose and store the new password", async () => {
    const { body } = await service.send("GET", `${resetPage}?token=${unknown}`);
    const inputs = [...body.matchAll(/<input type="password"[^>]*>/g)].map(([input]) => input);
    expect(inputs).to.have.length(2);
    for (const input of inputs) expect(input).to.include('autocomplete="new-password" required');
  });

  it("take every character of a password as the app's login does", async () => {
    const person = await signUp();
    const password = "é + %2B &=\u00a0\u{1f6b2}\u3000e\u0301 ü;";
    const token = await requestReset(service, person, key);
    expect((await reset(service, token, password)).status).to.equal(200);
    expect((await service.logIn({ ...person, password }, key)).status).to.equal(200);
  });

  it("confirm an address", async () => {
    const person = await service.register({}, key);
    const token = getToken(service, "email-verification", person.email);
    const response = await post(service, confirmPage, { token });
    expect([response.status, getTitle(response)]).to.deep.equal([200, "Your address is confirmed"]);
    const { body } = await service.send("GET", "/v1/users/me", { token: person.token, headers: key });
    expect(body.email_verified).to.equal(true);
  });

  for (const [name, password, repeated, field, message] of [
    ["a short password", "short", "short", "new_password", "The password has fewer than 8 characters."],
    ["no password", "", "", "new_password", "The password has fewer than 8 characters."],
    ["a common password", "password1234", "password1234", "new_password", "The password is too common."],
    [
      "two passwords",
      newPassword,
      "another one",
      "new_password_repeated",
      "The password is not the same as the first.",
    ],
  ] as const) {
    it(`show the form again for ${name}, with the message next to its field, and the link still valid`, async () => {
      const person = await signUp();
      const token = await requestReset(service, person, key);
      const response = await reset(service, token, password, repeated);
      expect([response.status, getTitle(response)]).to.deep.equal([422, "Choose a new password"]);
      expect(response.body).to.include("<title>Error: ");
      expect(response.body).to.include(`<p class="error" id="${field}-error">${message}</p>`);
      const input = new RegExp(`<input type="password" id="${field}"[^>]*>`).exec(response.body)![0];
      expect(input)
        .to.match(new RegExp(`aria-describedby="[^"]*\\b${field}-error"`))
        .and.include('aria-invalid="true"');
      if (password) expect(response.body).not.to.include(password);
      expect((await reset(service, token)).status).to.equal(200);
    });
  }

  it("do not tell whether a link exists before its password is one that it could set", async () => {
    const { status } = await reset(service, unknown, "short");
    expect(status).to.equal(422);
  });

  for (const [name, path] of [
    ["a password", resetPage],
    ["an address", confirmPage],
  ] as const) {
    it(`say for ${name} that a link is no longer valid, and what to do`, async () => {
      const form = { token: unknown, new_password: newPassword, new_password_repeated: newPassword };
      const response = await post(service, path, form);
      expect([response.status, getTitle(response)]).to.deep.equal([400, "This link is no longer valid"]);
      expect(response.body)
        .to.match(/new mail|another mail/)
        .and.not.include("<form")
        .and.not.include(unknown);
      expect(getLoggedProblem(service)).to.equal(problemType("invalid-link"));
    });
  }

  it("take no link of another purpose", async () => {
    const person = await signUp();
    const token = await requestReset(service, person, key);
    expect((await post(service, confirmPage, { token })).status).to.equal(400);
    expect((await reset(service, token)).status).to.equal(200);
  });

  it("say that an address belongs to another account by now", async () => {
    const [person, email] = [await signUp(), `${crypto.randomUUID()}@example.com`];
    const body = { new_email: email, current_password: person.password };
    await service.send("PUT", "/v1/auth/email", { body, token: person.token, headers: key });
    await service.register({ email }, key);
    const response = await post(service, confirmPage, { token: getToken(service, "email-change", email) });
    expect([response.status, getTitle(response)]).to.deep.equal([409, "This address belongs to another account"]);
  });

  for (const [name, body, type, status] of [
    ["JSON", JSON.stringify({ token: unknown }), "application/json", 415],
    ["another character set", `token=${unknown}`, `${formType}; charset=utf-16`, 415],
    ["a form with files", "--x--", "multipart/form-data; boundary=x", 415],
    ["broken UTF-8", `token=${unknown}&new_password=%ff%ff%ff%ff%ff%ff%ff%ff`, formType, 400],
    ["broken UTF-8 without escapes", Buffer.from(`token=${unknown}&new_password=\xff\xff`, "latin1"), formType, 400],
    ["a broken escape", `token=${unknown}&new_password=%zz`, formType, 400],
    ["a field twice", `token=${unknown}&token=${unknown}`, formType, 400],
    ["a long body", `token=${"a".repeat(9_000)}`, formType, 413],
  ] as const) {
    it(`refuse ${name} with ${status}, as a page`, async () => {
      const response = await service.send("POST", resetPage, { body, headers: { "content-type": type } });
      expect([response.status, getTitle(response)]).to.deep.equal([status, "That did not work"]);
      expect(response.body).to.include(response.headers.get("x-request-id"));
    });
  }

  it("refuse a compressed form, which no browser sends", async () => {
    const body = gzipSync(`token=${unknown}`);
    const headers = { "content-type": formType, "content-encoding": "gzip" };
    const response = await service.send("POST", resetPage, { body, headers });
    expect([response.status, getTitle(response)]).to.deep.equal([400, "That did not work"]);
  });

  it("do not mind the origin of a form: without a referrer, browsers send none", async () => {
    for (const origin of ["null", "https://example.com"]) {
      const response = await post(
        service,
        resetPage,
        { token: unknown, new_password: newPassword, new_password_repeated: newPassword },
        { origin },
      );
      expect(response.status).to.equal(400);
      expect(response.headers.get("access-control-allow-origin")).to.equal(null);
    }
  });

  it("respond to unknown paths as pages, without an API key", async () => {
    for (const path of ["/links/nothing", "/links", "/links/", "/links/reset-password/", "/links/%"]) {
      const response = await service.send("GET", path);
      expect([response.status, getTitle(response)], path).to.deep.equal([404, "There is nothing here"]);
    }
  });

  it("leave no token and no password in the log", async () => {
    const person = await signUp();
    const token = await requestReset(service, person, key);
    await service.send("GET", `${resetPage}?token=${token}`);
    await reset(service, token, "short");
    await reset(service, token);
    await reset(service, token, "another passphrase");
    const log = JSON.stringify(service.lines);
    expect(log).to.include('"/links/reset-password"');
    for (const secret of [token, newPassword, "another passphrase"]) expect(log).not.to.include(secret);
  });
});

describe("The pages of links in Lambda", () => {
  const service = useService();

  for (const isBase64Encoded of [false, true]) {
    it(`read a form that API Gateway passes on ${isBase64Encoded ? "in Base64" : "as text"}`, async () => {
      const person = await service.registerConfirmed();
      const token = await requestReset(service, person);
      const handler = apiGatewayHandler(
        service.app,
        jsonLogger(() => {}),
      );
      const password = "é + %2B &=\u{1f6b2}";
      const form = new URLSearchParams({ token, new_password: password, new_password_repeated: password }).toString();
      const body = isBase64Encoded ? Buffer.from(form) : form;
      const event = toApiGatewayEvent({ method: "POST", path: resetPage, headers: { "content-type": formType }, body });
      const response = await handler(event, { awsRequestId: "id" } as Context);
      expect(response).to.include({ statusCode: 200, isBase64Encoded: false });
      expect(response.multiValueHeaders!["content-type"]).to.deep.equal(["text/html; charset=utf-8"]);
      expect((await service.logIn({ ...person, password })).status).to.equal(200);
    });
  }

  it("take the token from a query that API Gateway has decoded", async () => {
    const handler = apiGatewayHandler(
      service.app,
      jsonLogger(() => {}),
    );
    const event = toApiGatewayEvent({ path: confirmPage, query: { token: [unknown] } });
    const { statusCode, body } = await handler(event, { awsRequestId: "id" } as Context);
    expect(statusCode).to.equal(200);
    expect(body).to.include(`value="${unknown}"`);
  });
});

describe("The pages of links under limits and faults", () => {
  it("ask to wait after too many links that are not valid, and keep the form", async () => {
    const limits = { ...testConfig.limits, linkByAddress: { requests: 1, windowSeconds: 900 } };
    await using service = await startService({}, { limits });
    await reset(service, unknown);
    const response = await reset(service, unknown);
    expect([response.status, getTitle(response)]).to.deep.equal([429, "Choose a new password"]);
    expect(Number(response.headers.get("retry-after"))).to.be.within(800, 900);
    expect(response.body)
      .to.match(/role="alert">[^<]*Wait 1[45] minutes/)
      .and.include(`value="${unknown}"`);
  });

  it("are pages also when the deadline passes", async () => {
    await using service = await startService();
    const person = await service.registerConfirmed();
    const token = await requestReset(service, person);
    const sessions = new MemorySessionStore();
    sessions.revokeAll = () => new Promise(() => {});
    const backends = { ...service.backends, sessions: async () => sessions };
    await using stuck = await startService(backends, {}, Date.now, undefined, shortTimeouts);
    const response = await reset(stuck, token);
    expect([response.status, getTitle(response)]).to.deep.equal([503, "Choose a new password"]);
    expect(response.headers.get("content-type")).to.equal("text/html; charset=utf-8");
  });

  it("keep the form without the password while a dependency does not respond, and work again after it", async () => {
    const sessions = createFailingDependency(new MemorySessionStore(), unreachable.redis);
    await using service = await startService({ sessions: async () => sessions.proxy });
    const person = await service.registerConfirmed();
    const token = await requestReset(service, person);
    sessions.state.down = true;
    const response = await reset(service, token);
    expect([response.status, getTitle(response)]).to.deep.equal([503, "Choose a new password"]);
    expect(response.headers.get("retry-after")).to.equal("5");
    expect(response.body).to.include("does not respond").and.include(`value="${token}"`).and.not.include(newPassword);
    expect(JSON.stringify(service.lines)).not.to.include(token);
    sessions.state.down = false;
    expect((await reset(service, token)).status).to.equal(200);
  });

  it("say that a request failed, with its reference and without the token, if the fault is ours", async () => {
    const sessions = createFailingDependency(new MemorySessionStore(), async () => new TypeError("a fault"));
    await using service = await startService({ sessions: async () => sessions.proxy });
    const person = await service.registerConfirmed();
    const token = await requestReset(service, person);
    sessions.state.down = true;
    const response = await reset(service, token);
    expect([response.status, getTitle(response)]).to.deep.equal([500, "That did not work"]);
    expect(response.body)
      .to.include("failed on this request")
      .and.include(`Reference: ${response.headers.get("x-request-id")}`)
      .and.not.include(token);
  });

  it("read a form as browsers do, also with characters that none of them sends", () => {
    expect([...parseForm("a=b=c&d&=e&&f=+%2B%26")]).to.deep.equal([
      ["a", "b=c"],
      ["d", ""],
      ["", "e"],
      ["f", " +&"],
    ]);
    expect([...parseForm(undefined)]).to.deep.equal([]);
  });
});
