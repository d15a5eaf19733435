import { expect } from "chai";
import type { Db } from "mongodb";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { interceptedBackends } from "../../support/intercepted-database.ts";
import { clockFromToday, expectProblem, startService, type TestService, type TestUser } from "../../support/service.ts";
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
    const backends = interceptedBackends(database, (operation) => intercept(operation));
    service = await startService(backends, {}, clockFromToday);
  });
  after(() => service.stop());

  const post = ({ send }: TestUser, ...activities: unknown[]) =>
    send("POST", "/v1/activities", { body: { activities } });
  const deleteAccount = ({ send }: TestUser) => send("DELETE", "/v1/users/me");
  const stored = async (name: string, filter: object) => database.collection(name).find(filter).toArray();

  /** All documents that name the user, except the mark. */
  const findRemains = async (id: string) => [
    ...(await stored("users", { _id: id })),
    ...(await stored("activities", { userId: id })),
  ];

  it("deletes activities and tombstones, and leaves a mark with no more than the time", async () => {
    const [ann, bob] = [await service.register(), await service.register()];
    const gone = item();
    await post(ann, item(), gone);
    await post(bob, item());
    await ann.send("DELETE", `/v1/activities/${gone.id}`);
    expect(await findRemains(ann.id)).to.have.length(3);
    expect((await deleteAccount(ann)).status).to.equal(204);
    expect(await findRemains(ann.id)).to.deep.equal([]);
    const [mark] = await stored("erasures", { _id: ann.id });
    expect(Object.keys(mark!)).to.have.members(["_id", "deletedAt", "pending"]);
    expect(mark!.deletedAt).to.be.instanceOf(Date);
    expect(await findRemains(bob.id)).to.have.length(2);
  });

  it("refuses the activities of a token that outlives it, and stores none", async () => {
    const ann = await service.register();
    await deleteAccount(ann);
    expectProblem(await post(ann, item()), 401, "invalid-token");
    expect(await findRemains(ann.id)).to.deep.equal([]);
  });

  it("leaves nothing of a batch that it overtakes", async () => {
    const ann = await service.register();
    intercept = async (operation) => {
      if (operation !== "activities.bulkWrite") return;
      intercept = async () => {};
      expect((await deleteAccount(ann)).status).to.equal(204);
    };
    expect((await post(ann, item())).status).to.equal(401);
    expect(await findRemains(ann.id)).to.deep.equal([]);
  });

  it("leaves no summary that was read while the activities of a batch were still stored", async () => {
    const ann = await service.register();
    await deleteAccount(ann);
    const readCount = async () => (await ann.send("GET", "/v1/activities/summary?month=2026-11")).body.count;
    let count = 0;
    intercept = async (operation) => {
      if (operation !== "activities.deleteMany") return;
      intercept = async () => {};
      count = await readCount();
    };
    expectProblem(await post(ann, item()), 401, "invalid-token");
    expect(count, "while stored").to.equal(1);
    expect(await readCount()).to.equal(0);
  });

  it("leaves nothing of batches in progress", async () => {
    const ann = await service.register();
    const batches = Array.from({ length: 8 }, () => post(ann, item(), item()));
    const [deletion, ...responses] = await Promise.all([deleteAccount(ann), ...batches]);
    expect(deletion!.status).to.equal(204);
    for (const { status } of responses) expect(status).to.be.oneOf([200, 401]);
    expect(await findRemains(ann.id)).to.deep.equal([]);
  });

  it("later sweeps what a batch left when the database failed, and no data of others", async () => {
    const [ann, bob, eve] = [await service.register(), await service.register(), await service.register()];
    await post(bob, item());
    let failing = false;
    intercept = async (operation) => {
      if (failing) throw new UnavailableError("unreachable");
      if (operation !== "activities.bulkWrite") return;
      intercept = async () => {};
      await deleteAccount(ann);
      intercept = async (next) => {
        // The batch is stored, and then no read can tell whether its account still exists.
        if (next === "erasures.findOne") failing = true;
        if (failing) throw new UnavailableError("unreachable");
      };
    };
    expect((await post(ann, item())).status).to.equal(503);
    intercept = async () => {};
    expect(await findRemains(ann.id)).to.have.length(1);

    // As long as Ann's token may write, the sweep does not end.
    await deleteAccount(eve);
    expect((await stored("erasures", { _id: ann.id }))[0]).to.have.property("pending", true);

    service.advance(21 * 60_000);
    const late = await service.register();
    await deleteAccount(late);
    expect(await findRemains(ann.id)).to.deep.equal([]);
    expect((await stored("erasures", { _id: ann.id }))[0]).to.not.have.property("pending");
    expect((await stored("erasures", { _id: late.id }))[0]).to.have.property("pending", true);
    expect(await findRemains(bob.id)).to.have.length(2);
  });

  for (const [step, nth, accountIsLeft] of [
    ["sessions.revokeAll", 1, true],
    ["erasures.updateOne", 1, true],
    ["activities.deleteMany", 1, true],
    ["users.deleteOne", 1, true],
    ["sessions.revokeAll", 2, false],
  ] as const) {
    it(`may be sent again after a failure at ${step} (${nth})`, async () => {
      const ann = await service.register();
      await post(ann, item());
      const getProfile = () => ann.send("GET", "/v1/users/me");
      const summary = () => ann.send("GET", "/v1/activities/summary?month=2026-11");
      await Promise.all([getProfile(), summary()]);
      let seen = 0;
      intercept = async (operation) => {
        if (operation === step && ++seen === nth) throw new UnavailableError("unreachable");
      };
      expect((await deleteAccount(ann)).status).to.equal(503);
      expect(seen).to.equal(nth);
      intercept = async () => {};
      // No cache serves deleted data, however far the deletion came.
      expect((await getProfile()).status).to.equal(accountIsLeft ? 200 : 401);
      const left = (await stored("activities", { userId: ann.id })).length;
      expect((await summary()).body.count).to.equal(left);
      expect((await service.logIn(ann)).status).to.equal(accountIsLeft ? 200 : 401);
      if (accountIsLeft) {
        ann.token = (await service.logIn(ann)).body.access_token;
        expect((await deleteAccount(ann)).status).to.equal(204);
      }
      expect(await findRemains(ann.id)).to.deep.equal([]);
      expect(await stored("erasures", { _id: ann.id })).to.have.length(1);
    });
  }
});
