import { randomBytes } from "node:crypto";
import { request as sendRaw } from "node:http";
import { expect } from "chai";
import { listPeppers, type StagedPeppers } from "../../../service/auth/peppers.ts";
import { defaultLimits } from "../../../service/config.ts";
import { MemoryLinkStore } from "../../../service/local/memory-link-store.ts";
import type { Mail } from "../../../service/mail/mail.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { embeddedDatabase } from "../../support/databases.ts";
import { confirmAddress, getToken, listLinks, requestReset } from "../../support/mails.ts";
import {
  type ApiResponse,
  expectProblem,
  newPerson,
  startService,
  type TestService,
  type TestUser,
  testConfig,
  useService,
} from "../../support/service.ts";

const newPassword = "nine purple umbrellas";
const anotherPassword = "four silent lighthouses";

const request = (service: TestService, email: string, headers = {}) =>
  service.send("POST", "/v1/auth/password-reset", { body: { email }, headers });
const reset = (service: TestService, token: string, new_password = newPassword) =>
  service.send("POST", "/v1/auth/password-reset/confirm", { body: { token, new_password } });
const confirm = (service: TestService, token: string) =>
  service.send("POST", "/v1/auth/email/confirm", { body: { token } });
const change = (user: TestUser, new_email: string) =>
  user.send("PUT", "/v1/auth/email", { body: { new_email, current_password: user.password } });

/** What an attacker sees of a response. */
const toVisible = ({ status, headers, body }: ApiResponse) => ({
  status,
  body,
  headers: [...headers].filter(([name]) => !["date", "x-request-id", "ratelimit"].includes(name)),
});

describe("An attacker who wants to know who has an account", () => {
  const service = useService();

  it("gets the same response to a reset for every address, and the same one again", async () => {
    const [confirmed, unconfirmed] = [await service.registerConfirmed(), await service.register()];
    const responses: object[] = [];
    for (const email of [confirmed.email, unconfirmed.email, newPerson().email]) {
      for (let attempt = 1; attempt <= 2; attempt++) responses.push(toVisible(await request(service, email)));
    }
    for (const each of responses) expect(each).to.deep.equal(responses[0]);
  });

  it("gets the same response at the limits of mails, accounts and networks", async () => {
    const limits = { ...testConfig.limits, ...defaultLimits };
    await using limited = await startService({}, { limits, trustedProxies: 1 });
    const user = await limited.registerConfirmed();
    const outcomes = [];
    for (const email of [user.email, newPerson().email]) {
      const seen = [];
      // One network after the other, each as often as it may.
      for (let i = 1; i <= 10; i++) {
        const response = await request(limited, email, { "x-forwarded-for": `192.0.${Math.ceil(i / 4)}.1` });
        const limit = response.headers.get("ratelimit")?.replace(/;t=\d+/, "");
        seen.push({ ...toVisible(response), limit });
      }
      outcomes.push(
        seen.map(({ status, limit, headers }) => ({
          status,
          limit,
          headers: headers.filter(([name]) => name !== "retry-after"),
        })),
      );
    }
    expect(outcomes[0]!.map(({ status }) => status)).to.deep.equal([202, 202, 202, 429, 202, 202, 202, 429, 202, 202]);
    expect(outcomes[0]![2]!.limit).to.equal('"reset-account";r=0');
    expect(outcomes[1]).to.deep.equal(outcomes[0]);
  });

  it("gets the same response to a change of the address for a taken one, also the own one", async () => {
    const [user, other] = [await service.registerConfirmed(), await service.register()];
    const free = toVisible(await change(user, newPerson().email));
    expect(toVisible(await change(user, other.email))).to.deep.equal(free);
    expect(toVisible(await change(user, user.email))).to.deep.equal(free);
  });

  it("gets the same problem for a link that was used, is outdated, has expired or was never issued", async () => {
    const user = await service.registerConfirmed();
    const [outdated, used] = [await requestReset(service, user), await requestReset(service, user)];
    expect((await reset(service, used)).status).to.equal(204);
    const expired = await requestReset(service, user);
    service.advance(15 * 60);
    const { instance: _, ...expected } = (await reset(service, randomBytes(32).toString("base64url"))).body;
    for (const token of [outdated, used, expired, "", "x", "A".repeat(256)]) {
      const response = await reset(service, token, anotherPassword);
      expectProblem(response, 400, "invalid-link");
      expect(response.body).to.deep.include(expected);
    }
  });
});

describe("An attacker who guesses or reuses tokens", () => {
  const service = useService();

  it("opens nothing with a part of one, or with another spelling of its last character", async () => {
    const user = await service.registerConfirmed();
    const token = await requestReset(service, user);
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const sibling = token.slice(0, -1) + last[last.indexOf(token.at(-1)!) ^ 1];
    expect(Buffer.from(sibling, "base64url")).to.deep.equal(Buffer.from(token, "base64url"));
    for (const wrong of [token.slice(1), token.slice(0, -1), `${token}A`, `${token}=`, ` ${token}`, sibling]) {
      expectProblem(await reset(service, wrong), 400, "invalid-link");
    }
    expect((await reset(service, token)).status).to.equal(204);
  });

  it("opens nothing with a token of another purpose", async () => {
    const user = await service.registerConfirmed();
    const { email } = newPerson();
    await change(user, email);
    const token = await requestReset(service, user);
    const verification = getToken(service, "email-verification", user.email);
    expectProblem(await confirm(service, token), 400, "invalid-link");
    for (const other of [verification, getToken(service, "email-change", email)]) {
      expectProblem(await reset(service, other), 400, "invalid-link");
    }
  });

  it("is stopped after fifty by the network, while valid links do not count", async () => {
    const limits = { ...testConfig.limits, linkByAddress: { requests: 2, windowSeconds: 60 } };
    await using limited = await startService({}, { limits });
    const user = await limited.registerConfirmed();
    for (let i = 1; i <= 3; i++) await confirmAddress(limited, user);
    expectProblem(await confirm(limited, "wrong"), 400, "invalid-link");
    expectProblem(await reset(limited, "wrong"), 400, "invalid-link");
    expectProblem(await reset(limited, await requestReset(limited, user)), 429, "too-many-requests");
    expect(defaultLimits.linkByAddress.requests).to.equal(50);
  });

  it("cannot use a link twice, and cannot test passwords with a used one without end", async () => {
    const limits = { ...testConfig.limits, passwordChangeByUser: { requests: 3, windowSeconds: 60 } };
    await using limited = await startService({}, { limits });
    const user = await limited.registerConfirmed();
    const token = await requestReset(limited, user);
    expect((await reset(limited, token)).status).to.equal(204);
    for (let i = 1; i <= 3; i++) expectProblem(await reset(limited, token, anotherPassword), 400, "invalid-link");
    expectProblem(await reset(limited, token, newPassword), 429, "too-many-requests");
    expect((await limited.logIn({ ...user, password: newPassword })).status).to.equal(200);
    expect((await limited.logIn({ ...user, password: anotherPassword })).status).to.equal(401);
  });

  it("has no use of a link after a change of the password, of the address, or another reset", async () => {
    const changes: Record<string, (user: TestUser) => Promise<unknown>> = {
      async password(user) {
        const body = { current_password: user.password, new_password: anotherPassword };
        await user.send("PUT", "/v1/auth/password", { body });
      },
      async address(user) {
        const { email } = newPerson();
        await change(user, email);
        expect((await confirm(service, getToken(service, "email-change", email))).status).to.equal(204);
      },
      reset: async (user) => reset(service, await requestReset(service, user), anotherPassword),
    };
    for (const [name, make] of Object.entries(changes)) {
      const user = await service.registerConfirmed();
      const { email } = newPerson();
      const token = await requestReset(service, user);
      await change(user, email);
      await make(user);
      expectProblem(await reset(service, token), 400, "invalid-link");
      expect((await confirm(service, getToken(service, "email-change", email))).status, name).to.equal(400);
      expect(await reset(service, token, "again the same"), name).to.include({ status: 400 });
    }
  });
});

describe("A token under another pepper", () => {
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const store = new MemoryLinkStore();

  async function startWith(database: Awaited<ReturnType<typeof embeddedDatabase>>, peppers: StagedPeppers) {
    expect(listPeppers(peppers)).to.not.be.empty;
    return startService({
      database: async () => database.database,
      links: async () => store,
      refreshTokenPeppers: async () => peppers,
    });
  }

  it("opens nothing in another environment, and works while its pepper is staged", async () => {
    const database = await embeddedDatabase();
    await createIndexes(database.database);
    await using before = await startWith(database, { current: first });
    await using rotated = await startWith(database, { current: second, previous: first });
    await using foreign = await startWith(database, { current: second });
    const user = await before.registerConfirmed();
    const token = await requestReset(before, user);
    expectProblem(await reset(foreign, token), 400, "invalid-link");
    expect((await reset(rotated, token)).status).to.equal(204);
    await database.remove();
  });
});

describe("An attacker who sends the headers of another host", () => {
  const service = useService();

  it("changes no link: it has the configured URL", async () => {
    const user = await service.registerConfirmed();
    const evil = { Host: "evil.example" };
    const headers: Record<string, string>[] = [
      evil,
      { "X-Forwarded-Host": "evil.example" },
      { Forwarded: "for=192.0.2.1;host=evil.example;proto=http" },
      { "X-Forwarded-Proto": "http", "X-Forwarded-Port": "8080", "X-Original-URL": "http://evil.example/" },
      { "X-Forwarded-Prefix": "//evil.example", Origin: "https://evil.example", Referer: "https://evil.example/" },
    ];
    const paths = ["/v1/auth/password-reset", "http://evil.example/v1/auth/password-reset"];
    const before = service.mails.length;
    for (const each of headers) for (const path of paths) await sendAs(service, path, each, user.email);
    const mails = service.mails.slice(before) as Mail[];
    expect(mails).to.have.length(headers.length * paths.length);
    for (const mail of mails) {
      expect(JSON.stringify(mail)).to.not.contain("evil");
      expect("link" in mail && mail.link).to.match(/^https:\/\/api\.test\/links\/reset-password\?token=[\w-]{43}$/);
    }
  });

  /** With any target and header, which `fetch` does not allow. */
  async function sendAs({ url }: TestService, path: string, headers: Record<string, string>, email: string) {
    const { hostname, port } = new URL(url);
    await new Promise<void>((resolve, reject) => {
      const outgoing = sendRaw(
        { hostname, port, path, method: "POST", headers: { "Content-Type": "application/json", ...headers } },
        (response) =>
          response
            .resume()
            .on("end", () => (response.statusCode === 202 ? resolve() : reject(new Error(`${response.statusCode}`)))),
      );
      outgoing.on("error", reject).end(JSON.stringify({ email }));
    });
  }

  it("gets no mail for a victim: mails go to the account's own address, and to one alone", async () => {
    // Both are one account: case folding makes them equal.
    const [victim, lookalike] = ["mike@example.org", "m\u0131ke@example.org"];
    await service.registerConfirmed({ email: victim });
    await request(service, lookalike);
    expect(listLinks(service, "password-reset", victim)).to.have.length(1);
    expect(listLinks(service, "password-reset", lookalike)).to.have.length(0);
    for (const email of [
      `${victim},eve@example.org`,
      `${victim}\r\nBcc: eve@example.org`,
      [victim, "eve@example.org"],
      { $ne: "" },
    ]) {
      const response = await service.send("POST", "/v1/auth/password-reset", { body: { email } });
      expectProblem(response, 422, "invalid-body");
    }
  });
});

describe("An attacker who floods a mailbox", () => {
  let service: TestService;
  before(async () => {
    const { mailByKindAndRecipient, verificationByUser, emailChangeByUser } = defaultLimits;
    const limits = { ...testConfig.limits, mailByKindAndRecipient, verificationByUser, emailChangeByUser };
    service = await startService({}, { limits, trustedProxies: 1 });
  });
  after(() => service.stop());

  const countMails = (to: string) => service.mails.filter((mail) => "to" in mail && mail.to === to).length;
  let networks = 0;
  const fromAnother = () => ({ "x-forwarded-for": `198.51.${++networks % 250}.1` });

  it("gets three mails there by resets from many networks, and the owner's links still work", async () => {
    const user = await service.registerConfirmed();
    for (let i = 0; i < 20; i++) expect((await request(service, user.email, fromAnother())).status).to.equal(202);
    expect(listLinks(service, "password-reset", user.email)).to.have.length(3);
    // As long as no other is mailed, each of them is valid: the limit ends when the first does.
    service.advance(15 * 60 - 1);
    expect((await reset(service, getToken(service, "password-reset", user.email))).status).to.equal(204);
    expect(service.lines.filter(({ event }) => event === "mail_limit_reached")).to.have.length(17);
  });

  it("gets three by registering it and deleting it again", async () => {
    const { email } = newPerson();
    for (let i = 0; i < 5; i++) await (await service.register({ email }, fromAnother())).send("DELETE", "/v1/users/me");
    expect(countMails(email)).to.equal(3);
  });

  it("gets three by changes to it from many accounts, in any spelling, and five notices to no one but the own one", async () => {
    const { email } = newPerson();
    const spellings = [email, email.toUpperCase(), email, email.toUpperCase(), email];
    for (const each of spellings) expect((await change(await service.registerConfirmed(), each)).status).to.equal(202);
    expect(countMails(email) + countMails(email.toUpperCase())).to.equal(3);
    const user = await service.registerConfirmed();
    for (let i = 0; i < 5; i++) await change(user, newPerson().email);
    expectProblem(await change(user, newPerson().email), 429, "too-many-requests");
  });

  it("gets three notices by changes of the password or the address of an account with a confirmed one", async () => {
    const user = await service.registerConfirmed();
    let [current_password, new_password] = [user.password, newPassword];
    for (let i = 0; i < 4; i++) {
      const { status } = await user.send("PUT", "/v1/auth/password", { body: { current_password, new_password } });
      expect(status).to.equal(204);
      [current_password, new_password] = [new_password, current_password];
    }
    for (let i = 0; i < 4; i++) await change(user, newPerson().email);
    const kinds = service.mails.flatMap((mail) => ("to" in mail && mail.to === user.email ? [mail.kind] : []));
    expect(kinds.filter((kind) => kind === "password-changed")).to.have.length(3);
    expect(kinds.filter((kind) => kind === "email-change-requested")).to.have.length(3);
  });

  it("gets one by an account of its own with it, whatever it does with the account", async () => {
    const user = await service.register();
    for (const [current_password, new_password] of [
      [user.password, newPassword],
      [newPassword, anotherPassword],
    ]) {
      await user.send("PUT", "/v1/auth/password", { body: { current_password, new_password } });
    }
    await change({ ...user, password: anotherPassword }, newPerson().email);
    expect(countMails(user.email)).to.equal(1);
    for (let i = 0; i < 3; i++) await user.send("POST", "/v1/auth/email/verification");
    expectProblem(await user.send("POST", "/v1/auth/email/verification"), 429, "too-many-requests");
    expect(countMails(user.email)).to.equal(3);
  });
});

describe("An attacker who registers a victim's address first", () => {
  const service = useService();

  it("loses the account when the victim resets its password", async () => {
    const attacker = await service.register();
    const another = (await service.logIn(attacker)).body;
    const { email } = newPerson();
    await change(attacker, email);
    // The victim: first the address is confirmed, and the account is still no one's but the attacker's.
    await request(service, attacker.email);
    await confirmAddress(service, attacker);
    await change(attacker, email);
    const pending = listLinks(service, "email-change", email);
    expect((await reset(service, await requestReset(service, attacker))).status).to.equal(204);
    for (const token of [attacker.refreshToken, another.refresh_token]) {
      expect((await service.refresh(token)).status).to.equal(401);
    }
    expectProblem(await attacker.send("GET", "/v1/users/me/export"), 401, "invalid-token");
    expect((await service.logIn(attacker)).status).to.equal(401);
    expect(pending).to.have.length(2);
    for (const link of pending) {
      expectProblem(await confirm(service, new URL(link).searchParams.get("token")!), 400, "invalid-link");
    }
    expect((await service.logIn({ ...attacker, password: newPassword })).status).to.equal(200);
  });
});
