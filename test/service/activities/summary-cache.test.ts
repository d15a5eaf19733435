import { expect } from "chai";
import { activities } from "../../../service/contract.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { failedOperation } from "../../support/real-errors.ts";
import { useService } from "../../support/service.ts";
import { activityService, item } from "./support.ts";

describeOnDatabases("A cached summary", (database) => {
  let isFailing = false;
  const service = useService(() =>
    activityService(
      interceptedDatabase(
        database(),
        async () => {},
        async (operation) => {
          if (!isFailing || operation !== "activities.bulkWrite") return;
          throw await failedOperation((all) => all.bulkWrite([{ insertOne: { document: {} } }], { ordered: false }));
        },
      ),
    ),
  );

  const trip = (day: string) => item({ quantity: 1, occurred_at: `${day}T12:00:00Z` });

  async function newUser() {
    const user = await service.newUser();
    const count = async (month: string) => (await user.send("GET", `/v1/activities/summary?month=${month}`)).body.count;
    return { ...user, counts: () => Promise.all(["2026-09", "2026-10"].map(count)) };
  }

  it("is read once", async () => {
    const ann = await newUser();
    await ann.post(trip("2026-09-03"));
    expect(await ann.counts()).to.deep.equal([1, 0]);
    // Without the service, which so does not invalidate its cache.
    await database().collection(activities.collection).deleteMany({});
    expect(await ann.counts()).to.deep.equal([1, 0]);
  });

  it("is read again after each write, in every month that it affects", async () => {
    const ann = await newUser();
    const [september, october] = [trip("2026-09-03"), trip("2026-10-03")];
    expect(await ann.counts()).to.deep.equal([0, 0]);
    await ann.post(september, october);
    expect(await ann.counts()).to.deep.equal([1, 1]);
    const moved = await ann.send("PATCH", `/v1/activities/${september.id}`, {
      body: { occurred_at: "2026-10-04T12:00:00Z" },
      headers: { "if-match": '"1-1"' },
    });
    expect(moved.status).to.equal(200);
    expect(await ann.counts()).to.deep.equal([0, 2]);
    await ann.send("DELETE", `/v1/activities/${october.id}`);
    expect(await ann.counts()).to.deep.equal([0, 1]);
  });

  it("is read again after a write that failed when it was complete", async () => {
    const ann = await newUser();
    expect(await ann.counts()).to.deep.equal([0, 0]);
    isFailing = true;
    expect((await ann.post(trip("2026-09-03"))).status).to.equal(503);
    isFailing = false;
    expect(await ann.counts()).to.deep.equal([1, 0]);
  });
});
