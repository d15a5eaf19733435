import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import { createDatabaseUri } from "../scripts/drill/local-services.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { toCursor } from "../service/activities/cursor.ts";
import { activityKinds } from "../service/activities/kinds.ts";
import { readPage } from "../service/activities/page.ts";
import { type Activity, ActivityRepository, toActivityKey } from "../service/activities/repository.ts";
import { computeSummary } from "../service/activities/summary.ts";
import { activities } from "../service/contract.ts";
import { createIndexes } from "../service/platform/indexes.ts";
import { connectMongo } from "../service/platform/mongo.ts";
import { formatMilliseconds, type Row, type Section, toRatioRow } from "./report.ts";

/** The history of many activities spans 17 years, that of few two months: both contain all of the last month. */
const many = 100_000;
const few = 1_000;
const activitiesPerDay = 16;
const dayMs = 24 * 60 * 60 * 1000;

/** One activity in so many is of the rare kind, which fills no page within months. */
const rarity = 67;

/** Other users in the collection. */
const others = 30;

const limit = 50;
const warmUpRounds = 10;
const rounds = 50;
const batchSize = 1_000;

/** The time of lists and summaries for a user with very many activities, compared with a user with few. */
export async function measureActivities(): Promise<Section> {
  const database = await connectMongo(createDatabaseUri(process.env.MONGODB_URI!, "bench"));
  try {
    await createIndexes(database);
    const now = Date.now();
    const users = await Promise.all([record(database, few, now), record(database, many, now)]);
    for (let other = 0; other < others; other++) await record(database, few, now);

    const repository = new ActivityRepository(database);
    const page = (userId: string, kind?: string, cursor?: string, size = limit) =>
      readPage(repository, userId, { limit: size, kind, cursor }, now);
    const [kind, rare] = [activityKinds[0]!.id, activityKinds.at(-1)!.id];
    const today = new Date(now);
    const lastMonth = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 0));
    const month = lastMonth.toISOString().slice(0, 7);
    const reads: Record<string, (userId: string, count: number) => Promise<unknown>> = {
      "the first page": (userId) => page(userId),
      "a page in the middle": (userId, count) => {
        const middle = { occurredAt: toTime(count / 2, now), _id: toActivityKey(userId, randomUUID()) };
        return page(userId, undefined, toCursor(middle, userId, {}));
      },
      "the first page of a kind": (userId) => page(userId, kind),
      // With the number that the user with few has: a longer page would take longer for that reason alone.
      "the first page of a rare kind": (userId) => page(userId, rare, undefined, Math.floor(few / rarity)),
      "the summary of a month": (userId) => computeSummary(repository, userId, month),
    };
    const rows: Row[] = [];
    for (const [label, read] of Object.entries(reads)) {
      const times: [number[], number[]] = [[], []];
      for (let round = 0; round < warmUpRounds + rounds; round++) {
        for (const [index, count] of [few, many].entries()) {
          const startedAt = performance.now();
          await read(users[index]!, count);
          if (round >= warmUpRounds) times[index]!.push(performance.now() - startedAt);
        }
      }
      const [small, large] = times.map(median) as [number, number];
      const value = `${formatMilliseconds(small)}, ${formatMilliseconds(large)}`;
      rows.push({ label: `${label}, p50 of each`, value }, toRatioRow(label, large / small, 2));
    }
    return {
      title: `Activities of a user with ${few}, and of a user with ${many}`,
      note: `${activitiesPerDay} a day, in a database with ${others} other users, without the cache of summaries.`,
      rows,
    };
  } finally {
    await database.dropDatabase();
    await database.client.close();
  }
}

const toTime = (index: number, now: number) => new Date(now - Math.floor((index / activitiesPerDay) * dayMs));

/** @returns the id of a new user with so many activities */
async function record(database: Db, count: number, now: number): Promise<string> {
  const userId = randomUUID();
  const at = new Date(now);
  const rareKind = activityKinds.at(-1)!.id;
  for (let begin = 0; begin < count; begin += batchSize) {
    const batch = Array.from({ length: batchSize }, (_, offset): Activity => {
      const index = begin + offset;
      return {
        _id: toActivityKey(userId, randomUUID()),
        userId,
        occurredAt: toTime(index, now),
        kind: index % rarity === 0 ? rareKind : activityKinds[index % (activityKinds.length - 1)]!.id,
        quantity: 2,
        note: "to work",
        co2eGrams: 340,
        kindsVersion: 1,
        createdAt: at,
        updatedAt: at,
        version: 1,
      };
    });
    await database.collection<Activity>(activities.collection).insertMany(batch);
  }
  return userId;
}
