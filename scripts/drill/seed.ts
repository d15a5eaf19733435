import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import { type Activity, toActivityKey } from "../../service/activities/repository.ts";
import type { User } from "../../service/users/repository.ts";
import { OperatorError } from "../cli/errors.ts";
import { type Progress, silentProgress } from "../cli/progress.ts";
import { ApiClient, type ConfirmedWrite, createActivity } from "./api-client.ts";
import type { DrillTarget } from "./drill-target.ts";

const clientCount = 4;
const activitiesPerClient = 5;
const activitiesPerBulkUser = 100;
const batchSize = 1_000;
const hourMs = 60 * 60 * 1_000;

/** The data that a drill has stored. */
export interface Seed {
  /** Users who registered by the API, with a few activities each. */
  readonly clients: readonly ApiClient[];
  /** Those activities. */
  readonly confirmed: readonly ConfirmedWrite[];
  /** Number of activities written directly to the database, of users whose ids begin with {@link bulkUserPrefix}. */
  readonly bulkActivities: number;
  readonly bulkUsers: number;
}

/** Prefix of the addresses of all users that a drill creates. */
export const drillEmailPrefix = "drill-";

/** Prefix of the ids of users that were written directly to the database: of version 8, unlike `randomUUID`'s (RFC 9562, 5.8). */
export const bulkUserPrefix = "00000000-0000-8000-8000-";

/** @throws {OperatorError} if the service fails before the disaster */
export function requireSetup(isDone: boolean, what: string): void {
  if (isDone) return;
  throw new OperatorError("drill-setup-failed", {
    what,
    why: "The service must be healthy before the disaster, or the drill measures another failure.",
    action: "Check `/health/ready`, and run the drill again.",
  });
}

/**
 * Fills a database: a few users by the API, the others in bulk.
 * @param documents number of activities in bulk
 * @param progress is told how many of them are stored
 * @throws {OperatorError} if the API uses another database: the drill is about to destroy this one
 */
export async function seed(
  { api, apiKey, database }: DrillTarget,
  documents: number,
  progress = silentProgress,
): Promise<Seed> {
  const clients: ApiClient[] = [];
  const confirmed: ConfirmedWrite[] = [];
  for (let index = 0; index < clientCount; index++) {
    const account = { email: `${drillEmailPrefix}${randomUUID()}@example.com`, password: randomUUID() };
    const client = new ApiClient(api, apiKey, account);
    const status = await client.register("Drill");
    requireSetup(status === 201, `A registration before the disaster returned ${status}.`);
    for (let count = 0; count < activitiesPerClient; count++) {
      const activity = createActivity();
      requireSetup(await client.record(activity), "The service did not store an activity before the disaster.");
      confirmed.push({ client, activity, at: Date.now() });
    }
    clients.push(client);
  }
  await requireSameDatabase(database, clients[0]!.account.email);
  await fill(database, documents, progress);
  return { clients, confirmed, bulkActivities: documents, bulkUsers: Math.ceil(documents / activitiesPerBulkUser) };
}

async function requireSameDatabase(database: Db, email: string): Promise<void> {
  if (await database.collection<User>("users").findOne({ emailCanonical: email })) return;
  throw new OperatorError("drill-database-mismatch", {
    what: `A user that the API registered is not in ${database.databaseName}. The drill did not change that database.`,
    why: "MONGODB_URI names another database than the API uses, and a drill destroys the one that it names.",
    action: "Correct MONGODB_URI.",
  });
}

async function fill(database: Db, documents: number, progress: Progress): Promise<void> {
  progress.begin("store", documents, "activities");
  const template = await database.collection<User>("users").findOne();
  const now = Date.now();
  for (let from = 0; from < documents; from += batchSize) {
    const numbers = Array.from({ length: Math.min(batchSize, documents - from) }, (_, index) => from + index);
    await database.collection<Activity>("activities").insertMany(
      numbers.map((number) => toBulkActivity(number, now)),
      { ordered: false },
    );
    const ids = numbers.filter((number) => number % activitiesPerBulkUser === 0).map(toBulkUserId);
    const users = ids.map((_id) => {
      const email = `${drillEmailPrefix}${_id}@example.com`;
      return { ...template!, _id, email, emailCanonical: email };
    });
    await database.collection<User>("users").insertMany(users);
    progress.advance(numbers.length);
  }
}

const toBulkUserId = (number: number): string =>
  `${bulkUserPrefix}${String(Math.floor(number / activitiesPerBulkUser)).padStart(12, "0")}`;

function toBulkActivity(number: number, now: number): Activity {
  const userId = toBulkUserId(number);
  const at = new Date(now - (number % 1_000) * hourMs);
  return {
    _id: toActivityKey(userId, randomUUID()),
    userId,
    occurredAt: at,
    kind: "bike_trip",
    quantity: 5,
    note: null,
    co2eGrams: 850,
    kindsVersion: 1,
    createdAt: at,
    updatedAt: at,
    version: 1,
  };
}
