import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type Activity, ActivityRepository, toActivityKey } from "../../../service/activities/repository.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";

const at = new Date("2026-11-20T08:30:00.123Z");

const activity = (userId: string, members: Partial<Activity> = {}): Activity => ({
  _id: toActivityKey(userId, randomUUID()),
  userId,
  occurredAt: at,
  kind: "bus_trip",
  quantity: 2,
  note: "to work",
  co2eGrams: 146,
  kindsVersion: 1,
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...members,
});

describeOnDatabases("The activity repository", (database) => {
  const repository = () => new ActivityRepository(database());

  it("reads amounts in batches, each once, even if many have the same time", async () => {
    const userId = randomUUID();
    const all = Array.from({ length: 2_100 }, (_, i) =>
      activity(userId, { quantity: i + 1, occurredAt: new Date(at.getTime() + (i % 2)) }),
    );
    await database().collection<Activity>("activities").insertMany(all);
    const quantities: number[] = [];
    for await (const { quantity } of repository().amounts(userId, {})) quantities.push(quantity);
    expect(quantities.sort((a, b) => a - b)).to.deep.equal(all.map(({ quantity }) => quantity));
  });
});
