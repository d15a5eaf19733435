import { expect } from "chai";
import type { Db } from "mongodb";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { clockFromToday, newPerson, startService, type TestService } from "../../support/service.ts";
import { item } from "../activities/support.ts";

describeOnDatabases("The deletion of an account", (get) => {
  let service: TestService;
  let database: Db;
  /** What happens before an operation of the database or of the session store. */
  let intercept: (operation: string) => Promise<void>;
  beforeEach(() => {
    intercept = async () => {};
  });
  before(async () => {
    database = get();
    const sessions = new MemorySessionStore();
    const revokeAllOf = sessions.revokeAll.bind(sessions);
    sessions.revokeAll = async (...args) => {
      await intercept("sessions.revokeAllOf");
      return revokeAllOf(...args);
    };
    const backends = {
      database: async () => interceptedDatabase(database, (operation) => intercept(operation)),
      sessions: async () => sessions,
    };
    service = await startService(backends, {}, clockFromToday);
  });
  after(() => service.stop());

  async function register() {
    const { email, password, name } = newPerson();
    const { body } = await service.send("POST", "/v1/auth/register", { body: { email, password, name } });
    const login = () => service.send("POST", "/v1/auth/login", { body: { email, password } });
    return { id: body.user.id as string, token: body.access_token as string, login };
  }
  const post = (token: string, ...activities: unknown[]) =>
    service.send("POST", "/v1/activities", { token, body: { activities } });
  const deleteMe = (token: string) => service.send("DELETE", "/v1/users/me", { token });
  const stored = async (name: string, filter: object) => database.collection(name).find(filter).toArray();

  /** Everything that names the user, but for the mark. */
  const leftOf = async (id: string) => [
    ...(await stored("users", { _id: id })),
    ...(await stored("activities", { userId: id })),
  ];

  it("takes activities and tombstones along, and leaves a mark that says when and no more", async () => {
    const [ann, bob] = [await register(), await register()];
    const gone = item();
    await post(ann.token, item(), gone);
    await post(bob.token, item());
    await service.send("DELETE", `/v1/activities/${gone.id}`, { token: ann.token });
    expect(await leftOf(ann.id)).to.have.length(3);
    expect((await deleteMe(ann.token)).status).to.equal(204);
    expect(await leftOf(ann.id)).to.deep.equal([]);
    const [mark] = await stored("erasures", { _id: ann.id });
    expect(Object.keys(mark!)).to.have.members(["_id", "deletedAt", "pending"]);
    expect(mark!.deletedAt).to.be.instanceOf(Date);
    expect(await leftOf(bob.id)).to.have.length(2);
  });

  it("refuses the activities of a token that outlives it, and stores none", async () => {
    const ann = await register();
    await deleteMe(ann.token);
    const { status, body } = await post(ann.token, item());
    expect(status).to.equal(401);
    expect(body.type).to.equal("https://ecobeat.app/problems/invalid-token");
    expect(await leftOf(ann.id)).to.deep.equal([]);
  });

  it("leaves nothing of a batch that it overtakes", async () => {
    const ann = await register();
    intercept = async (operation) => {
      if (operation !== "activities.bulkWrite") return;
      intercept = async () => {};
      expect((await deleteMe(ann.token)).status).to.equal(204);
    };
    expect((await post(ann.token, item())).status).to.equal(401);
    expect(await leftOf(ann.id)).to.deep.equal([]);
  });

  it("leaves nothing of batches that are under way", async () => {
    const ann = await register();
    const batches = Array.from({ length: 8 }, () => post(ann.token, item(), item()));
    const [deletion, ...answers] = await Promise.all([deleteMe(ann.token), ...batches]);
    expect(deletion!.status).to.equal(204);
    for (const { status } of answers) expect(status).to.be.oneOf([200, 401]);
    expect(await leftOf(ann.id)).to.deep.equal([]);
  });

  it("sweeps away later what a batch has left that the database failed, and nobody else's", async () => {
    const [ann, bob, eve] = [await register(), await register(), await register()];
    await post(bob.token, item());
    let failing = false;
    intercept = async (operation) => {
      if (failing) throw new UnavailableError("out of reach");
      if (operation !== "activities.bulkWrite") return;
      intercept = async () => {};
      await deleteMe(ann.token);
      intercept = async (next) => {
        // The batch is stored, and then nobody can look whether its account is still there.
        if (next === "erasures.findOne") failing = true;
        if (failing) throw new UnavailableError("out of reach");
      };
    };
    expect((await post(ann.token, item())).status).to.equal(503);
    intercept = async () => {};
    expect(await leftOf(ann.id)).to.have.length(1);

    // As long as Ann's token may write, nothing is swept for good.
    await deleteMe(eve.token);
    expect((await stored("erasures", { _id: ann.id }))[0]).to.have.property("pending", true);

    service.advance(21 * 60_000);
    const late = await register();
    await deleteMe(late.token);
    expect(await leftOf(ann.id)).to.deep.equal([]);
    expect((await stored("erasures", { _id: ann.id }))[0]).to.not.have.property("pending");
    expect((await stored("erasures", { _id: late.id }))[0]).to.have.property("pending", true);
    expect(await leftOf(bob.id)).to.have.length(2);
  });

  for (const [step, nth, accountIsLeft] of [
    ["sessions.revokeAllOf", 1, true],
    ["erasures.updateOne", 1, true],
    ["activities.deleteMany", 1, true],
    ["users.deleteOne", 1, true],
    ["sessions.revokeAllOf", 2, false],
  ] as const) {
    it(`may be sent again after a failure at ${step} (${nth})`, async () => {
      const ann = await register();
      await post(ann.token, item());
      const me = () => service.send("GET", "/v1/users/me", { token: ann.token });
      const summary = () => service.send("GET", "/v1/activities/summary?month=2026-11", { token: ann.token });
      await Promise.all([me(), summary()]);
      let seen = 0;
      intercept = async (operation) => {
        if (operation === step && ++seen === nth) throw new UnavailableError("out of reach");
      };
      expect((await deleteMe(ann.token)).status).to.equal(503);
      expect(seen).to.equal(nth);
      intercept = async () => {};
      // Nothing is remembered of what is gone, however far it came.
      expect((await me()).status).to.equal(accountIsLeft ? 200 : 401);
      const left = (await stored("activities", { userId: ann.id })).length;
      expect((await summary()).body.count).to.equal(left);
      const login = await ann.login();
      expect(login.status).to.equal(accountIsLeft ? 200 : 401);
      if (accountIsLeft) expect((await deleteMe(login.body.access_token)).status).to.equal(204);
      expect(await leftOf(ann.id)).to.deep.equal([]);
      expect(await stored("erasures", { _id: ann.id })).to.have.length(1);
    });
  }
});
