import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { register } from "tsx/esm/api";
import type { MailLink } from "../../../clients/mobile/index.ts";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { cacheKeyPrefix, toAppLink, toLink } from "../../../service/contract.ts";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { embeddedDatabase, mongoDatabase, type TestDatabase } from "../../support/databases.ts";
import { createFailingDependency } from "../../support/failing-dependency.ts";
import { getToken } from "../../support/mails.ts";
import { unreachable } from "../../support/real-errors.ts";
import { newPerson, startService, type TestService, testConfig } from "../../support/service.ts";
import asyncStorage from "./phone/async-storage.ts";
import { openUrl, startWith } from "./phone/expo-linking.ts";

const apiKey = "the app's key";
const past = 16 * 60;
// The service's clock is the machine's, and it takes what happened within a year.
const lastHour = new Date(Date.now() - 3_600_000).toISOString();
const month = lastHour.slice(0, 7);
const trip = { kind: "bike_trip", quantity: 4.2, occurred_at: lastHour };

// On the real services that are there, else on embedded ones: the examples have one client for as long as the process lives.
describe("The code of the guide for mobile developers", () => {
  let service: TestService;
  let database: TestDatabase;
  let redis: RedisConnection | undefined;
  let app: Awaited<ReturnType<typeof loadExamples>>;
  let network: "up" | "down" | "responses are lost";
  let sent: string[];
  let sentVersion: string | null;
  let sessions: ReturnType<typeof createFailingDependency<RedisSessionStore | MemorySessionStore>>;
  let ended: number;
  let person: ReturnType<typeof newPerson>;
  let userId: string;
  const users: string[] = [];
  const { fetch } = globalThis;

  /** All of them at once, as the app's bundle has them. */
  async function loadExamples() {
    // Node.js itself does not know the paths in tsconfig.json, where the packages of a phone are.
    const unregister = register();
    const [account, client, edit, history, kinds, links, problems, queue, tokens] = await Promise.all([
      import("../../../clients/mobile/examples/account.ts"),
      import("../../../clients/mobile/examples/client.ts"),
      import("../../../clients/mobile/examples/edit.ts"),
      import("../../../clients/mobile/examples/history.ts"),
      import("../../../clients/mobile/examples/kinds.ts"),
      import("../../../clients/mobile/examples/links.ts"),
      import("../../../clients/mobile/examples/problems.ts"),
      import("../../../clients/mobile/examples/activity-queue.ts"),
      import("../../../clients/mobile/examples/tokens.ts"),
    ]);
    await unregister();
    return { ...account, ...client, ...edit, ...history, ...kinds, ...links, ...problems, ...queue, ...tokens };
  }

  before(async () => {
    database = await (process.env.MONGODB_URI ? mongoDatabase() : embeddedDatabase());
    await createIndexes(database.database);
    redis = process.env.REDIS_URL ? new RedisConnection(process.env.REDIS_URL) : undefined;
    sessions = createFailingDependency(
      redis ? new RedisSessionStore(redis) : new MemorySessionStore(),
      unreachable.redis,
    );
    service = await startService(
      { database: async () => database.database, sessions: async () => sessions.proxy },
      {
        apiKey,
        minimumAppVersion: "1.4.0",
        limits: { ...testConfig.limits, loginByAccountAndAddress: { requests: 3, windowSeconds: 60 } },
      },
    );
    process.env.EXPO_PUBLIC_API_URL = service.url;
    process.env.EXPO_PUBLIC_API_KEY = apiKey;
    app = await loadExamples();
    app.whenSessionEnds(() => {
      ended += 1;
    });
  });

  beforeEach(async () => {
    [network, sent, ended, sessions.state.down] = ["up", [], 0, false];
    globalThis.fetch = async (input, init) => {
      if (input instanceof Request) {
        sent.push(`${input.method} ${new URL(input.url).pathname}`);
        sentVersion = input.headers.get("X-App-Version");
      }
      if (network === "down") throw new TypeError("Network request failed");
      const response = await fetch(input, init);
      if (network === "responses are lost") throw new TypeError("Network request failed");
      return response;
    };
    person = newPerson();
    expect(await app.signUp(person, randomUUID())).to.equal(undefined);
    userId = (await app.client.api.GET("/v1/users/me")).data!.id;
    users.push(userId);
  });
  afterEach(() => {
    globalThis.fetch = fetch;
  });

  after(async () => {
    await service.stop();
    await database.remove();
    await redis?.run(async (client) => {
      for (const id of users) for (const key of await client.keys(`${cacheKeyPrefix}{${id}}:*`)) await client.del(key);
    });
    await redis?.close();
  });

  const queueOfUser = (refused: string[] = []) =>
    app.openQueue(userId, (activity, { errors }) => void refused.push(`${activity.kind} ${errors?.[0]?.pointer}`));
  const stored = async () => (await app.historyPage()).data!.activities;
  /** What the user reads of a problem that there must be. */
  const message = (problem: Parameters<typeof app.messageFor>[0] | undefined) => app.messageFor(problem!);

  describe("signing up and logging in", () => {
    it("creates one account, even if the response was lost and the user pressed again", async () => {
      const [other, formKey] = [newPerson(), randomUUID()];
      network = "responses are lost";
      expect(await app.signUp(other, formKey).catch((error) => error)).to.be.instanceOf(TypeError);
      network = "up";
      expect(await app.signUp(other, formKey)).to.equal(undefined);
      const { data } = await app.client.api.GET("/v1/users/me");
      users.push(data!.id);
      expect(data!.email).to.equal(other.email);
    });

    it("refreshes by itself, once, and stores the new tokens", async () => {
      const before = await app.tokens.read();
      service.advance(past);
      await Promise.all([app.historyPage(), app.historyPage()]);
      expect((await app.client.api.GET("/v1/users/me")).data?.id).to.equal(userId);
      expect(sent.filter((line) => line === "POST /v1/auth/refresh")).to.have.length(1);
      expect((await app.tokens.read())!.refreshToken).not.to.equal(before!.refreshToken);
      expect(ended).to.equal(0);
    });

    it("shows the login once when the session has ended", async () => {
      const { data } = await app.client.api.GET("/v1/sessions");
      await app.client.api.DELETE("/v1/sessions/{id}", { params: { path: { id: data!.sessions[0]!.id } } });
      service.advance(past);
      const responses = await Promise.all([app.historyPage(), app.historyPage()]);
      expect(responses.map(({ error }) => message(error))).to.deep.equal(Array(2).fill("Please log in again."));
      expect(ended).to.equal(1);
      expect(await app.logIn(person.email, person.password)).to.equal(undefined);
      expect(await stored()).to.deep.equal([]);
    });

    it("logs out without a network", async () => {
      network = "down";
      await app.logOut();
      network = "up";
      expect((await app.historyPage()).response.status).to.equal(401);
    });
  });

  describe("links of mails", () => {
    it("open the app's screens, also the one that starts it, and no other URL does", async () => {
      const opened: MailLink[] = [];
      const first = { action: "confirm-email", token: "a".repeat(43) } as const;
      startWith(toLink(service.url, first.action, first.token));
      const stop = app.whenLinkOpens((link) => opened.push(link));
      const second = { action: "reset-password", token: "b".repeat(43) } as const;
      await new Promise((resolve) => setImmediate(resolve));
      openUrl("https://example.com/links/reset-password?token=c");
      openUrl(toAppLink(second.action, second.token));
      stop();
      openUrl(toAppLink(second.action, second.token));
      expect(opened).to.deep.equal([first, second]);
    });

    it("confirm an address, and another one after a change", async () => {
      expect(await app.needsConfirmation()).to.equal(true);
      expect(await app.confirmAddress(getToken(service, "email-verification", person.email))).to.equal(undefined);
      expect(await app.needsConfirmation()).to.equal(false);
      const { email } = newPerson();
      expect(message(await app.changeAddress(email, "not the password"))).to.equal("The current password is wrong.");
      expect(await app.changeAddress(email, person.password)).to.equal(undefined);
      expect(await app.confirmAddress(getToken(service, "email-change", email))).to.equal(undefined);
      expect((await app.client.api.GET("/v1/users/me")).data!.email).to.equal(email);
    });

    it("choose another password, which logs in, and work once", async () => {
      const { error } = await app.client.api.GET("/v1/users/me/export");
      expect(message(error)).to.contain("confirm your e-mail address");
      expect(await app.confirmAddress(getToken(service, "email-verification", person.email))).to.equal(undefined);
      expect(await app.forgotPassword(person.email)).to.equal(undefined);
      const token = getToken(service, "password-reset", person.email);
      expect(await app.choosePassword(token, "nine purple umbrellas")).to.equal(undefined);
      expect(message(await app.choosePassword(token, "seven green bicycles"))).to.contain("no longer valid");
      expect(await app.logIn(person.email, "nine purple umbrellas")).to.equal(undefined);
    });
  });

  describe("recording offline", () => {
    it("keeps the recorded activities and sends all, a hundred at a time", async () => {
      network = "down";
      const queue = queueOfUser();
      await Promise.all(Array.from({ length: 120 }, () => queue.record(trip)));
      expect(await queue.sync().catch((error) => error)).to.be.instanceOf(TypeError);
      expect(await queue.length()).to.equal(120);
      network = "up";
      sent = [];
      expect(await queueOfUser().sync()).to.equal(undefined);
      expect([await queue.length(), sent]).to.deep.equal([0, Array(2).fill("POST /v1/activities")]);
      expect((await app.monthSummary(month)).data!.count).to.equal(120);
    });

    it("stores no activity twice when the response was lost", async () => {
      const queue = queueOfUser();
      await queue.record(trip);
      network = "responses are lost";
      expect(await queue.sync().catch((error) => error)).to.be.instanceOf(TypeError);
      network = "up";
      expect(await queue.sync()).to.equal(undefined);
      expect(await stored()).to.have.length(1);
    });

    it("reports refused activities once, and stores the rest", async () => {
      const refused: string[] = [];
      const queue = queueOfUser(refused);
      await queue.record({ ...trip, quantity: 0 });
      await queue.record(trip);
      await Promise.all([queue.sync(), queue.sync()]);
      expect([refused, await queue.length()]).to.deep.equal([[`${trip.kind} /activities/0/quantity`], 0]);
      expect(await stored()).to.have.length(1);
    });

    it("keeps activities that are recorded while it sends", async () => {
      const queue = queueOfUser();
      await queue.record(trip);
      await Promise.all([queue.sync(), queue.record(trip)]);
      await queue.sync();
      expect(await stored()).to.have.length(2);
    });

    it("separates the activities of users", async () => {
      const queue = queueOfUser();
      await queue.record(trip);
      await app.logOut();
      await app.signUp(newPerson(), randomUUID());
      userId = (await app.client.api.GET("/v1/users/me")).data!.id;
      users.push(userId);
      await queueOfUser().sync();
      expect([await stored(), await queue.length()]).to.deep.equal([[], 1]);
    });
  });

  describe("editing", () => {
    let id: string;
    beforeEach(async () => {
      const queue = queueOfUser();
      await queue.record(trip);
      await queue.sync();
      id = (await stored())[0]!.id;
    });

    it("changes the version that the user saw, and no newer one", async () => {
      const { etag } = await app.openActivity(id);
      expect(await app.saveActivity(id, etag, { note: "to work" })).to.equal(undefined);
      expect(message(await app.saveActivity(id, etag, { note: "home" }))).to.contain("another phone");
      expect((await app.openActivity(id)).activity!.note).to.equal("to work");
    });

    it("deletes, even if the first response was lost", async () => {
      network = "responses are lost";
      expect(await app.deleteActivity(id).catch((error) => error)).to.be.instanceOf(TypeError);
      network = "up";
      expect(await app.deleteActivity(id)).to.equal(undefined);
      expect(await stored()).to.deep.equal([]);
    });

    it("takes no other 404 for a deletion", async () => {
      globalThis.fetch = async () => new Response("<html>Not found</html>", { status: 404 });
      expect(await app.deleteActivity(id)).to.include({ status: 404 });
    });
  });

  describe("reading", () => {
    it("reads the history page by page, and the sums of a month", async () => {
      const queue = queueOfUser();
      for (let count = 0; count < 45; count++) await queue.record(trip);
      await queue.sync();
      const ids: string[] = [];
      let cursor: string | null | undefined;
      do {
        const { data } = await app.historyPage(cursor);
        ids.push(...data!.activities.map(({ id }) => id));
        cursor = data!.next_cursor;
      } while (cursor !== null);
      expect([ids.length, new Set(ids).size]).to.deep.equal([45, 45]);
      expect((await app.monthSummary(month)).data!.by_kind).to.have.length(1);
    });

    it("gets the kinds again if the stored ones cannot be read", async () => {
      await asyncStorage.setItem("ecobeat.kinds", '{"etag":');
      expect((await app.activityKinds())!.kinds.map(({ id }) => id)).to.include("bike_trip");
    });

    it("gets the kinds once, and has them offline", async () => {
      const first = await app.activityKinds();
      expect(first!.kinds.map(({ id }) => id)).to.include("bike_trip");
      const statuses: number[] = [];
      const counted = globalThis.fetch;
      globalThis.fetch = async (input, init) => {
        const response = await counted(input, init);
        statuses.push(response.status);
        return response;
      };
      expect(await app.activityKinds()).to.deep.equal(first);
      expect(statuses).to.deep.equal([304]);
      network = "down";
      expect(await app.activityKinds()).to.deep.equal(first);
    });
  });

  describe("messages for the user", () => {
    it("exist for refused requests", async () => {
      const signUp = (change: Partial<typeof person>) => app.signUp({ ...newPerson(), ...change }, randomUUID());
      expect(message(await signUp({ password: "password1234" }))).to.contain("Others use");
      expect(message(await signUp({ email: "invalid" }))).to.equal("Please check: email.");
      expect(message(await signUp({ email: person.email }))).to.contain("Log in instead");
      expect(message(await app.logIn(person.email, "not the password"))).to.contain("is wrong");
    });

    it("say when the app is too old, with the stores for a newer one", async () => {
      expect(sentVersion).to.equal("1.4.2");
      const headers = { "X-App-Version": "1.3.9" };
      const { error } = await app.client.api.GET("/v1/users/me", { headers });
      expect(message(error)).to.contain("too old");
      expect(error!.stores).to.have.all.keys("ios", "android");
    });

    it("ask the user to wait if the service does so for long", async () => {
      for (let attempt = 0; attempt < 3; attempt++) await app.logIn(person.email, "not the password");
      sent = [];
      expect(message(await app.logIn(person.email, person.password))).to.contain("Try again in a while");
      expect(sent).to.have.length(1);
    });

    it("say that the service does not respond when a dependency is down", async () => {
      sessions.state.down = true;
      expect(message(await app.logIn(person.email, person.password))).to.contain("does not respond");
    });
  });
});
