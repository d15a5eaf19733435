import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import { median } from "../scripts/sizing/statistics.ts";
import { toCursor } from "../service/activities/cursor.ts";
import { activityKinds } from "../service/activities/kinds.ts";
import { readPage } from "../service/activities/page.ts";
import { type Activity, ActivityRepository, toActivityKey } from "../service/activities/repository.ts";
import { computeSummary } from "../service/activities/summary.ts";
import { activities } from "../service/contract.ts";
import { createIndexes } from "../service/platform/indexes.ts";
import { connectMongo } from "../service/platform/mongo.ts";
import { newDatabaseUri } from "./database.ts";
import { formatMilliseconds, type Row, type Section, toRatioRow } from "./report.ts";

/** Seventeen years of 16 a day: more than anybody does. The few reach back two months, so that both have all of the last. */
const most = 100_000;
const few = 1_000;
const aDay = 16;
const dayMilliseconds = 24 * 60 * 60 * 1000;

/** One in so many is of a kind that fills no page within months. */
const rarity = 67;

/** Others, so that the collection does not belong to these two alone. */
const others = 30;

const limit = 50;
const warmUpRounds = 10;
const rounds = 50;
const insertedAtOnce = 1_000;

/** What lists and summaries of a user with very many activities cost, beside those of a user with few. */
export async function measureActivities(): Promise<Section> {
  const database = await connectMongo(newDatabaseUri());
  try {
    await createIndexes(database);
    const now = Date.now();
    const users = await Promise.all([record(database, few, now), record(database, most, now)]);
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
        const middle = { occurredAt: timeOf(count / 2, now), _id: toActivityKey(userId, randomUUID()) };
        return page(userId, undefined, toCursor(middle, userId, {}));
      },
      "the first page of a kind": (userId) => page(userId, kind),
      // As many as the few have of it: a page with more in it takes longer for that alone.
      "the first page of a rare kind": (userId) => page(userId, rare, undefined, Math.floor(few / rarity)),
      "the summary of a month": (userId) => computeSummary(repository, userId, month),
    };
    const rows: Row[] = [];
    for (const [what, read] of Object.entries(reads)) {
      const times: [number[], number[]] = [[], []];
      for (let round = 0; round < warmUpRounds + rounds; round++) {
        for (const [index, count] of [few, most].entries()) {
          const startedAt = performance.now();
          await read(users[index]!, count);
          if (round >= warmUpRounds) times[index]!.push(performance.now() - startedAt);
        }
      }
      const [small, large] = times.map(median) as [number, number];
      rows.push({
        what: `${what}, p50 of each`,
        figure: `${formatMilliseconds(small)}, ${formatMilliseconds(large)}`,
      });
      rows.push(toRatioRow(what, large / small, 2));
    }
    return {
      title: `Activities of a user who has ${few}, and of one who has ${most}`,
      note: `${aDay} a day, in a database with ${others} other users; without the cache of summaries.`,
      rows,
    };
  } finally {
    await database.dropDatabase();
    await database.client.close();
  }
}

const timeOf = (index: number, now: number) => new Date(now - Math.floor((index / aDay) * dayMilliseconds));

/** @returns the id of a user with so many activities */
async function record(database: Db, count: number, now: number): Promise<string> {
  const userId = randomUUID();
  const at = new Date(now);
  for (let begin = 0; begin < count; begin += insertedAtOnce) {
    const part = Array.from({ length: insertedAtOnce }, (_, offset): Activity => {
      const index = begin + offset;
      const common = activityKinds[index % (activityKinds.length - 1)]!.id;
      return {
        _id: toActivityKey(userId, randomUUID()),
        userId,
        occurredAt: timeOf(index, now),
        kind: index % rarity === 0 ? activityKinds.at(-1)!.id : common,
        quantity: 2,
        note: "to work",
        co2eGrams: 340,
        kindsVersion: 1,
        createdAt: at,
        updatedAt: at,
        version: 1,
      };
    });
    await database.collection<Activity>(activities.collection).insertMany(part);
  }
  return userId;
}
