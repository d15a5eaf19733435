import { expect } from "chai";
import { activities } from "../../../service/contract.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { connectionClosed, interceptedDatabase } from "../../support/intercepted-database.ts";
import { activityService, item } from "./support.ts";

describeOnDatabases("A summary that is remembered", (database) => {
  let service: Awaited<ReturnType<typeof activityService>>;
  let failing = false;
  before(async () => {
    const losing = interceptedDatabase(
      database(),
      async () => {},
      async (operation) => {
        if (failing && operation === "activities.bulkWrite") throw connectionClosed();
      },
    );
    service = await activityService(losing);
  });
  after(() => service.stop());

  const trip = (day: string) => item({ quantity: 1, occurred_at: `${day}T12:00:00Z` });

  async function person() {
    const somebody = await service.person();
    const counts = async () => {
      const answers = ["2026-09", "2026-10"].map((month) =>
        somebody.send("GET", `/v1/activities/summary?month=${month}`),
      );
      return (await Promise.all(answers)).map(({ body }) => body.count);
    };
    return { ...somebody, counts };
  }

  it("is read once", async () => {
    const ann = await person();
    await ann.post(trip("2026-09-03"));
    expect(await ann.counts()).to.deep.equal([1, 0]);
    // Behind the service's back: nobody tells it.
    await database().collection(activities.collection).deleteMany({});
    expect(await ann.counts()).to.deep.equal([1, 0]);
  });

  it("is read anew after each write, in every month that it touches", async () => {
    const ann = await person();
    const [september, october] = [trip("2026-09-03"), trip("2026-10-03")];
    expect(await ann.counts()).to.deep.equal([0, 0]);
    await ann.post(september, october);
    expect(await ann.counts()).to.deep.equal([1, 1]);
    const moved = await ann.send("PATCH", `/v1/activities/${september.id}`, {
      body: { occurred_at: "2026-10-04T12:00:00Z" },
      headers: { "if-match": '"1"' },
    });
    expect(moved.status).to.equal(200);
    expect(await ann.counts()).to.deep.equal([0, 2]);
    await ann.send("DELETE", `/v1/activities/${october.id}`);
    expect(await ann.counts()).to.deep.equal([0, 1]);
  });

  it("is read anew after a write that failed when it was done", async () => {
    const ann = await person();
    expect(await ann.counts()).to.deep.equal([0, 0]);
    failing = true;
    expect((await ann.post(trip("2026-09-03"))).status).to.equal(503);
    failing = false;
    expect(await ann.counts()).to.deep.equal([1, 0]);
  });

  it("is one's own alone", async () => {
    const [ann, bob] = [await person(), await person()];
    await ann.post(trip("2026-09-03"));
    expect(await ann.counts()).to.deep.equal([1, 0]);
    expect(await bob.counts()).to.deep.equal([0, 0]);
  });
});
