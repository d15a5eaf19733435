import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type Activity, ActivityRepository, toActivityKey } from "../../../service/activities/repository.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";

const at = new Date("2026-11-20T08:30:00.123Z");

describeOnDatabases("The activity repository", (database) => {
  it("reads amounts in batches, each once, even if many have the same time", async () => {
    const userId = randomUUID();
    const all = Array.from(
      { length: 2_100 },
      (_, i): Activity => ({
        _id: toActivityKey(userId, randomUUID()),
        userId,
        occurredAt: new Date(at.getTime() + (i % 2)),
        kind: "bus_trip",
        quantity: i + 1,
        note: "to work",
        co2eGrams: 146,
        kindsVersion: 1,
        createdAt: at,
        updatedAt: at,
        version: 1,
      }),
    );
    await database().collection<Activity>("activities").insertMany(all);
    const quantities: number[] = [];
    for await (const { quantity } of new ActivityRepository(database()).amounts(userId, {})) quantities.push(quantity);
    expect(quantities.sort((a, b) => a - b)).to.deep.equal(all.map(({ quantity }) => quantity));
  });
});
