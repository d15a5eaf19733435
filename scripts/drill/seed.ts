import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import type { Activity } from "../../service/activities/repository.ts";
import { ConfigurationError } from "../../service/config.ts";
import type { User } from "../../service/users/repository.ts";
import { ApiClient, type ConfirmedWrite, createActivity } from "./api-client.ts";
import type { DrillTarget } from "./drill-target.ts";

const clientCount = 4;
const activitiesOfAClient = 5;
const activitiesOfAUser = 100;
const batch = 1_000;
const hourMilliseconds = 60 * 60 * 1_000;

/** What a drill has put into its database. */
export interface Seed {
  /** Users who registered by the API, with a few activities each. */
  readonly clients: readonly ApiClient[];
  /** Those activities. */
  readonly confirmed: readonly ConfirmedWrite[];
  /** How many activities were written past the API, of users beginning with {@link bulkUserPrefix}. */
  readonly bulkActivities: number;
  readonly bulkUsers: number;
}

/** What the ids of users begin with whom nobody registered. */
export const bulkUserPrefix = "drill-";

/**
 * Fills a database: a few users by the API, the rest in bulk.
 * @param documents activities in bulk
 * @throws {ConfigurationError} if the API has another database: this one is about to be destroyed
 */
export async function seed({ api, apiKey, database }: DrillTarget, documents: number): Promise<Seed> {
  const registered: ApiClient[] = [];
  const accepted: ConfirmedWrite[] = [];
  for (let index = 0; index < clientCount; index++) {
    const account = { email: `drill-${randomUUID()}@example.com`, password: randomUUID() };
    const client = new ApiClient(api, apiKey, account);
    const status = await client.register("Drill");
    if (status !== 201) throw new Error(`A registration before the disaster answered ${status}.`);
    for (let count = 0; count < activitiesOfAClient; count++) {
      const activity = createActivity(Date.now());
      if (!(await client.record(activity))) {
        throw new Error("An activity before the disaster was not stored.");
      }
      accepted.push({ client, activity, at: Date.now() });
    }
    registered.push(client);
  }
  await refuseOtherDatabase(database, registered[0]!.account.email);
  await fill(database, documents);
  return {
    clients: registered,
    confirmed: accepted,
    bulkActivities: documents,
    bulkUsers: Math.ceil(documents / activitiesOfAUser),
  };
}

async function refuseOtherDatabase(database: Db, email: string): Promise<void> {
  if (await database.collection<User>("users").findOne({ emailCanonical: email })) return;
  throw new ConfigurationError(
    `Refused to drill: whom the API registered is not in ${database.databaseName}, so that this is another database, and nothing in ` +
      "it was changed. Correct MONGODB_URI.",
  );
}

async function fill(database: Db, documents: number): Promise<void> {
  const template = await database.collection<User>("users").findOne();
  const now = Date.now();
  for (let from = 0; from < documents; from += batch) {
    const numbers = Array.from({ length: Math.min(batch, documents - from) }, (_, index) => from + index);
    await database.collection<Activity>("activities").insertMany(
      numbers.map((number) => bulkActivity(number, now)),
      { ordered: false },
    );
    const users = numbers.filter((number) => number % activitiesOfAUser === 0).map(bulkUserId);
    await database.collection<User>("users").insertMany(
      users.map((_id) => ({
        ...template!,
        _id,
        email: `${_id}@example.com`,
        emailCanonical: `${_id}@example.com`,
      })),
    );
  }
}

const bulkUserId = (number: number): string => `${bulkUserPrefix}${Math.floor(number / activitiesOfAUser)}`;

function bulkActivity(number: number, now: number): Activity {
  const userId = bulkUserId(number);
  const at = new Date(now - (number % 1_000) * hourMilliseconds);
  return {
    _id: `${userId}:${randomUUID()}`,
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
