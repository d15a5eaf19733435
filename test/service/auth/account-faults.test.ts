import { randomBytes } from "node:crypto";
import { expect } from "chai";
import type { StagedPeppers } from "../../../service/auth/peppers.ts";
import { MemoryLinkStore } from "../../../service/local/memory-link-store.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { useEmbeddedDatabase } from "../../support/database-suites.ts";
import { createFailingDatabase, createFailingDependency } from "../../support/failing-dependency.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { getToken, requestReset } from "../../support/mails.ts";
import { unreachable } from "../../support/real-errors.ts";
import {
  type ApiResponse,
  expectProblem,
  newPerson,
  startService,
  type TestService,
  type TestUser,
  testConfig,
  today,
} from "../../support/service.ts";

const newPassword = "nine purple umbrellas";

describe("Links of mails while a dependency is down", () => {
  const database = useEmbeddedDatabase();
  const pepper = randomBytes(32);
  let service: TestService;
  /** The same service, which accepts two requests in 15 minutes, and mails once. */
  let limited: TestService;
  let user: TestUser;
  /** What happens once an account was changed. */
  let afterUpdate = () => {};
  let down: Record<"database" | "links" | "sessions" | "queue" | "peppers", (isDown: boolean) => void>;

  before(async () => {
    await createIndexes(database());
    const failingDatabase = createFailingDatabase(database());
    const links = createFailingDependency(new MemoryLinkStore(() => today), unreachable.redis);
    const sessions = createFailingDependency(new MemorySessionStore(), unreachable.redis, "revokeAll");
    const mails = createFailingDependency(
      { put: async (mail: never) => void service.mails.push(mail) },
      unreachable.redis,
    );
    const peppers = createFailingDependency(
      { read: async (): Promise<StagedPeppers> => ({ current: pepper }) },
      unreachable.redis,
    );
    const backends = {
      database: async () =>
        interceptedDatabase(
          failingDatabase.proxy,
          async () => {},
          async (operation) => {
            if (operation === "users.updateOne") afterUpdate();
          },
        ),
      links: async () => links.proxy,
      sessions: async () => sessions.proxy,
      mails: async () => mails.proxy,
      refreshTokenPeppers: () => peppers.proxy.read(),
    };
    service = await startService(backends, {}, () => today);
    const atMost = (requests: number) => ({ requests, windowSeconds: 15 * 60 });
    const limits = {
      mailByKindAndRecipient: atMost(1),
      resetByAccountAndAddress: atMost(2),
      verificationByUser: atMost(2),
      emailChangeByUser: atMost(2),
    };
    limited = await startService(backends, { limits: { ...testConfig.limits, ...limits } }, () => today);
    const states = { database: failingDatabase, links, sessions, queue: mails, peppers };
    const toSwitch =
      ({ state }: { state: { down: boolean } }) =>
      (isDown: boolean) => {
        state.down = isDown;
      };
    down = Object.fromEntries(Object.entries(states).map(([name, each]) => [name, toSwitch(each)])) as typeof down;
  });
  after(() => Promise.all([service.stop(), limited.stop()]));
  beforeEach(async () => {
    user = await service.registerConfirmed();
  });
  afterEach(() => {
    for (const set of Object.values(down)) set(false);
  });

  const request = (email: string) => service.send("POST", "/v1/auth/password-reset", { body: { email } });
  const reset = (token: string) =>
    service.send("POST", "/v1/auth/password-reset/confirm", { body: { token, new_password: newPassword } });

  for (const name of ["database", "links"] as const) {
    it(`get 503, whether there is an account or not: ${name}`, async () => {
      const token = await requestReset(service, user);
      down[name](true);
      for (const email of [user.email, newPerson().email]) expectProblem(await request(email), 503, "unavailable");
      expectProblem(await reset(token), 503, "unavailable");
      down[name](false);
      expect((await reset(token)).status).to.equal(204);
    });
  }

  it("get the usual response when the queue is silent, whether there is an account or not, and a metric", async () => {
    down.queue(true);
    for (const email of [user.email, newPerson().email]) {
      expect(await request(email)).to.include({ status: 202, body: "" });
      expect(service.lines.at(-1)).to.include({ route: "/v1/auth/password-reset", MailsNotQueued: 1 });
    }
    expect((await service.register()).id).to.be.a("string");
  });

  for (const name of ["database", "links", "queue"] as const) {
    it(`do not count, and are mailed when the same is sent again: ${name}`, async () => {
      const unconfirmed = await service.register();
      const own = { token: unconfirmed.token };
      const body = { new_email: newPerson().email, current_password: user.password };
      const mailed: Record<string, () => Promise<ApiResponse>> = {
        "password-reset": () => limited.send("POST", "/v1/auth/password-reset", { body: { email: user.email } }),
        "email-change": () => limited.send("PUT", "/v1/auth/email", { body, token: user.token }),
        "email-verification": () => limited.send("POST", "/v1/auth/email/verification", own),
      };
      for (const [kind, send] of Object.entries(mailed)) {
        const before = service.mails.length;
        down[name](true);
        // Of a silent queue the response says nothing, and the request counts: only its mail does not.
        if (name === "queue") expect((await send()).status, kind).to.equal(202);
        else for (let i = 1; i <= 2; i++) expectProblem(await send(), 503, "unavailable");
        down[name](false);
        expect((await send()).status, kind).to.equal(202);
        expect(service.mails.slice(before).map((mail) => mail.kind)).to.include(kind);
      }
    });
  }

  it("change no password without the store of sessions, and work after it is back", async () => {
    const token = await requestReset(service, user);
    down.sessions(true);
    expectProblem(await reset(token), 503, "unavailable");
    expect((await service.logIn(user)).status).to.equal(200);
    down.sessions(false);
    expect((await reset(token)).status).to.equal(204);
  });

  it("end the sessions when the same is sent again, if that failed after the change", async () => {
    const token = await requestReset(service, user);
    afterUpdate = () => down.sessions(true);
    const failed = await reset(token);
    afterUpdate = () => {};
    expectProblem(failed, 503, "unavailable");
    down.sessions(false);
    service.advance(1);
    const { body } = await service.logIn({ ...user, password: newPassword });
    service.advance(1);
    expect((await reset(token)).status).to.equal(204);
    expect((await service.refresh(body.refresh_token)).status).to.equal(401);
  });

  it("are neither created nor called invalid while peppers cannot be read that may have been rotated", async () => {
    const token = getToken(service, "email-verification", user.email);
    down.peppers(true);
    service.advance(61);
    const confirm = (used: string) => service.send("POST", "/v1/auth/email/confirm", { body: { token: used } });
    // Found under a pepper that is known.
    expect((await confirm(token)).status).to.equal(204);
    expectProblem(await confirm("A".repeat(43)), 503, "unavailable");
    service.advance(120);
    expectProblem(await request(user.email), 503, "unavailable");
    down.peppers(false);
    service.advance(61);
    expectProblem(await confirm("A".repeat(43)), 400, "invalid-link");
  });
});
