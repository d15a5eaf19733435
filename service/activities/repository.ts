import type { Collection, Db, Filter } from "mongodb";
import { activities as contract, dependencyNames } from "../contract.ts";
import { UnavailableError } from "../platform/deadline.ts";
import { isDuplicateKey } from "../platform/mongo-errors.ts";
import { earliest } from "./schemas.ts";

/** An activity as stored in the collection `activities`. */
export interface Activity {
  /** See {@link toActivityKey}: two users may have made the same UUID. */
  _id: string;
  userId: string;
  occurredAt: Date;
  kind: string;
  /** In the unit of the kind. */
  quantity: number;
  note: string | null;
  co2eGrams: number;
  /** Version of the table by which `co2eGrams` was computed. */
  kindsVersion: number;
  createdAt: Date;
  updatedAt: Date;
  /** 1, and one more with each change. */
  version: number;
}

/**
 * What is left of a deleted activity for a while, so that a phone that sends it again does not bring it back. It has no
 * `occurredAt`, so that no query by time finds it and Atlas never archives it.
 */
export interface Tombstone {
  _id: string;
  userId: string;
  deletedAt: Date;
}

/** What a change of an activity may set. */
export type Content = Pick<
  Activity,
  "kind" | "quantity" | "note" | "occurredAt" | "co2eGrams" | "kindsVersion"
>;

/** A place in a user's activities, which are sorted from the newest to the oldest. */
export interface Position {
  occurredAt: Date;
  _id: string;
}

/** Which of a user's activities are meant. */
export interface Selection {
  kind?: string | undefined;
  /** Inclusive. */
  from?: Date | undefined;
  /** Exclusive. */
  to?: Date | undefined;
}

/** The key of a user's activity: with the user in it, nobody can occupy another's UUID. */
export const toActivityKey = (userId: string, id: string): string => `${userId}:${id}`;

/** Says of a batch that it must be sent again. */
export const createNotStoredError = (cause?: unknown): UnavailableError =>
  new UnavailableError("some activities were not stored", { cause, dependency: dependencyNames.database });

/** The UUID that the client made for an activity. */
export const toActivityId = ({ _id }: { _id: string }): string => _id.slice(_id.indexOf(":") + 1);

const isLive = { occurredAt: { $gte: earliest } };

const newestFirst = { occurredAt: -1, _id: -1 } as const;

/**
 * Milliseconds before a page's newest activity: it is searched for here first, then further back. Not every server that
 * speaks MongoDB's protocol reads an index in order; one that sorts all that it finds must not find ten years for a page.
 */
const spans = [7, 100, Number.POSITIVE_INFINITY].map((days) => days * 24 * 60 * 60 * 1000);

/** What is added up in a summary. */
export type Amount = Pick<Activity, "occurredAt" | "kind" | "quantity" | "co2eGrams">;

const amount = { occurredAt: 1, kind: 1, quantity: 1, co2eGrams: 1 } as const;

/** A few hundred kilobytes. */
const amountsAtOnce = 1_000;

/** Activities in MongoDB; the same code runs on the embedded database. Every query names the user. */
export class ActivityRepository {
  readonly #activities: Collection<Activity>;
  readonly #tombstones: Collection<Tombstone>;

  constructor(database: Db) {
    this.#activities = database.collection<Activity>(contract.collection);
    this.#tombstones = database.collection<Tombstone>(contract.collection);
  }

  /**
   * Stores those activities whose key is free; all others stay as they are.
   * @returns the keys of those that were stored now
   * @throws {UnavailableError} if some could not be stored; sending all of them again is safe
   */
  async insertMissing(activities: readonly Activity[]): Promise<Set<string>> {
    const operations = activities.map(({ _id, ...activity }) => ({
      // By nothing but the key: only then does the server itself repeat an upsert that lost a race.
      updateOne: { filter: { _id }, update: { $setOnInsert: activity }, upsert: true },
    }));
    const { upsertedIds } = await this.#activities
      .bulkWrite(operations, { ordered: false })
      .catch(getPartialResult);
    return new Set(Object.values(upsertedIds) as string[]);
  }

  async findById(userId: string, id: string): Promise<Activity | null> {
    return this.#activities.findOne({ _id: toActivityKey(userId, id), userId, ...isLive });
  }

  /** What is stored under the keys: activities, and the tombstones of deleted ones. */
  async findByKeys(userId: string, keys: readonly string[]): Promise<(Activity | Tombstone)[]> {
    return this.#tombstones.find<Activity | Tombstone>({ _id: { $in: [...keys] }, userId }).toArray();
  }

  /**
   * Changes an activity that is still as it was read.
   * @returns the activity as changed, or null if there is none of this version
   */
  async change(
    { _id, userId, version }: Activity,
    content: Partial<Content>,
    now: Date,
  ): Promise<Activity | null> {
    return this.#activities.findOneAndUpdate(
      { _id, userId, version, ...isLive },
      { $set: { ...content, updatedAt: now }, $inc: { version: 1 } },
      { returnDocument: "after" },
    );
  }

  /**
   * Puts a tombstone in the place of an activity.
   * @returns whether there was such an activity
   */
  async delete(userId: string, id: string, now: Date): Promise<boolean> {
    const result = await this.#tombstones.replaceOne(
      { _id: toActivityKey(userId, id), userId, deletedAt: { $exists: false } },
      { userId, deletedAt: now },
    );
    return result.matchedCount === 1;
  }

  /**
   * Activities of a selection from the newest to the oldest, at most `limit`, those after a place.
   * @param now near which most of them are; it decides how fast they are found, not which
   */
  async page(
    userId: string,
    { kind, from = earliest, to }: Selection,
    limit: number,
    now: number,
    after?: Position,
  ): Promise<Activity[]> {
    const newest = (after?.occurredAt ?? to)?.getTime() ?? now;
    const found: Activity[] = [];
    let end = to;
    for (const span of spans) {
      const begin = new Date(Math.max(from.getTime(), newest - span));
      const filter = toFilter(userId, { kind, from: begin, to: end }, after);
      const part = this.#activities
        .find(filter)
        .sort(newestFirst)
        .limit(limit - found.length);
      found.push(...(await part.toArray()));
      if (found.length === limit || begin <= from) break;
      end = begin;
    }
    return found;
  }

  /** What a summary needs of the activities of a selection; fetched part by part while it is read. */
  async *amounts(userId: string, selection: Selection): AsyncGenerator<Amount> {
    let after: Position | undefined;
    do {
      // In pages: the embedded database knows no cursors, it gives all that it has found at once.
      const part: (Amount & Position)[] = await this.#activities
        .find(toFilter(userId, selection, after), { projection: amount })
        .sort(newestFirst)
        .limit(amountsAtOnce)
        .toArray();
      yield* part;
      after = part.length < amountsAtOnce ? undefined : part.at(-1);
    } while (after);
  }

  /** Removes everything of a user, tombstones included. */
  async deleteAllOfUser(userId: string): Promise<void> {
    await this.#activities.deleteMany({ userId });
  }
}

/** The time is bounded by the place as well, so that the index leads to the first document after it. */
function toFilter(userId: string, { kind, from, to }: Selection, after?: Position): Filter<Activity> {
  const $gte = from && from > earliest ? from : earliest;
  return {
    userId,
    ...(kind !== undefined && { kind }),
    occurredAt: { $gte, ...(to && { $lt: to }), ...(after && { $lte: after.occurredAt }) },
    ...(after && {
      $or: [{ occurredAt: { $lt: after.occurredAt } }, { _id: { $lt: after._id } }],
    }),
  };
}

/** What a bulk write came to in which some items lost a race to another request with the same activities. */
function getPartialResult(error: unknown): PartialWrite["result"] {
  const { writeErrors, result } = error as Partial<PartialWrite>;
  if (writeErrors === undefined || result === undefined) throw error;
  const errors = [writeErrors].flat();
  // Without any, the driver has wrapped a lost connection, a full pool or an `ok: 0`: nothing is known of any item.
  const lostRaces = errors.length > 0 && errors.every(isDuplicateKey) && !result.getWriteConcernError?.();
  if (lostRaces) return result;
  throw createNotStoredError(error);
}

/** What the driver's `MongoBulkWriteError` says. The embedded database's own error knows no write concern. */
interface PartialWrite {
  writeErrors: unknown;
  result: { upsertedIds: Record<number, unknown>; getWriteConcernError?(): unknown };
}
