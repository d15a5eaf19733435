import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type Db, MongoClient } from "mongodb";
import { ActivityRepository, toActivityKey } from "../../../service/activities/repository.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { describeWith } from "../../support/real-services.ts";

const activities = 5_000;
const limit = 51;
const hour = 60 * 60 * 1000;
const now = Date.parse("2026-11-22T12:00:00Z");

/** Members that the driver adds to a command. */
const driverMembers = ["lsid", "$db", "$readPreference", "$clusterTime"];

describeWith("MONGODB_URI", "A query for a few of many activities", () => {
  let client: MongoClient;
  let database: Db;
  let repository: ActivityRepository;
  const userId = randomUUID();
  const finds: Record<string, unknown>[] = [];

  before(async function () {
    client = new MongoClient(process.env.MONGODB_URI!, { monitorCommands: true });
    database = client.db(`ecobeat_test_${randomUUID().slice(0, 8)}`);
    await createIndexes(database);
    repository = new ActivityRepository(database);
    try {
      await database.command({ explain: { find: "activities" }, verbosity: "executionStats" });
    } catch {
      // Not every server that speaks MongoDB's protocol explains.
      return this.skip();
    }
    const all = Array.from({ length: activities }, (_, index) => ({
      _id: toActivityKey(userId, randomUUID()) as never,
      userId,
      occurredAt: new Date(now - index * hour),
      kind: index % 2 ? "walk" : "bus_trip",
    }));
    await database.collection("activities").insertMany(all);
    client.on("commandStarted", ({ commandName, command }) => {
      if (commandName === "find") finds.push(command);
    });
  });
  after(async () => {
    await database.dropDatabase();
    await client.close();
  });

  const middle = () => ({
    occurredAt: new Date(now - (activities / 2) * hour),
    _id: toActivityKey(userId, randomUUID()),
  });
  const reads: Record<string, () => Promise<unknown>> = {
    "the first page": () => repository.page(userId, {}, limit, now),
    "a page in the middle": () => repository.page(userId, {}, limit, now, middle()),
    "the first page of a kind": () => repository.page(userId, { kind: "walk" }, limit, now),
    "a page of a kind in the middle": () => repository.page(userId, { kind: "walk" }, limit, now, middle()),
    "the amounts of a day": async () => {
      const day = { from: new Date(now - 24 * hour), to: new Date(now) };
      for await (const amount of repository.amounts(userId, day)) expect(amount).to.have.property("kind");
    },
  };

  for (const [what, read] of Object.entries(reads)) {
    it(`reads ${what} from an index, in order, and at most one document more`, async () => {
      finds.length = 0;
      await read();
      expect(finds).not.to.deep.equal([]);
      for (const sent of finds) {
        const find = Object.fromEntries(Object.entries(sent).filter(([name]) => !driverMembers.includes(name)));
        const { queryPlanner, executionStats } = await database.command({ explain: find, verbosity: "executionStats" });
        const plan = JSON.stringify(queryPlanner.winningPlan);
        expect(plan).to.contain('"IXSCAN"').and.not.contain('"SORT"').and.not.contain('"COLLSCAN"');
        expect(executionStats.totalDocsExamined).to.be.at.most(executionStats.nReturned + 1);
      }
    });
  }
});
