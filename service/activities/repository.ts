import type { Collection, Db, Filter } from "mongodb";
import { activities as contract, dependencyNames } from "../contract.ts";
import { UnavailableError } from "../platform/deadline.ts";
import { isDuplicateKey } from "../platform/mongo-errors.ts";
import { fromUuid, toUuid, uuidBytes } from "../platform/uuid.ts";
import { earliest, maxPage } from "./schemas.ts";

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
  /** Version of the table of kinds that `co2eGrams` was computed with. */
  kindsVersion: number;
  createdAt: Date;
  updatedAt: Date;
  /** 1, incremented by each change. */
  version: number;
}

/**
 * Remains of a deleted activity for 90 days, so that a phone that sends it again does not restore it. It has no `occurredAt`, so that
 * no query by time finds it and Atlas never archives it.
 */
export interface Tombstone {
  _id: string;
  userId: string;
  deletedAt: Date;
}

/** The members that a change of an activity may set. */
export type Content = Pick<Activity, "kind" | "quantity" | "note" | "occurredAt" | "co2eGrams" | "kindsVersion">;

/** A position in a user's activities, which are sorted from newest to oldest. */
export interface Position {
  occurredAt: Date;
  _id: string;
}

/** Filters of a user's activities. */
export interface Selection {
  kind?: string | undefined;
  /** Inclusive. */
  from?: Date | undefined;
  /** Exclusive. */
  to?: Date | undefined;
}

/**
 * The key of a user's activity: base64url of the bytes of both UUIDs. It contains the user, so that no user can occupy another's UUID.
 * Three indexes contain the key, so that its length counts: `docs/adr/0055-short-keys-of-activities.md`.
 * @throws {TypeError} if one of them is no UUID
 */
export const toActivityKey = (userId: string, id: string): string =>
  Buffer.concat([fromUuid(userId), fromUuid(id)]).toString("base64url");

/** Reports that a batch must be sent again. */
export const createNotStoredError = (cause?: unknown): UnavailableError =>
  new UnavailableError("some activities were not stored", { cause, dependency: dependencyNames.database });

/**
 * The UUID that the client created for an activity.
 * @throws {TypeError} if `_id` is not of {@link toActivityKey}
 */
export function toActivityId({ _id }: { _id: string }): string {
  const bytes = Buffer.from(_id, "base64url");
  // `Buffer` ignores characters that are not base64url.
  if (bytes.length !== 2 * uuidBytes || bytes.toString("base64url") !== _id)
    throw new TypeError("`_id` is not the key of an activity.");
  return toUuid(bytes.subarray(uuidBytes));
}

const isLive = { occurredAt: { $gte: earliest } };

const newestFirst = { occurredAt: -1, _id: -1 } as const;

/**
 * Milliseconds before the newest activity of a page, in which the page is searched first, then further back. Not every server that
 * speaks MongoDB's protocol reads an index in order. One that sorts all results must not read ten years for a page. One after the
 * other: how many activities a span has decides whether the next one is searched.
 */
const spans = [7, 100, Number.POSITIVE_INFINITY].map((days) => days * 24 * 60 * 60 * 1000);

/** With the activity that shows whether there is a next page. */
const longestPage = maxPage + 1;

/** The members that a summary adds up. */
export type Amount = Pick<Activity, "occurredAt" | "kind" | "quantity" | "co2eGrams">;

const amount = { occurredAt: 1, kind: 1, quantity: 1, co2eGrams: 1 } as const;

/** A few hundred kilobytes. */
const amountBatchSize = 1_000;

/** Activities in MongoDB. The same code runs on the embedded database. Every query names the user. */
export class ActivityRepository {
  readonly #activities: Collection<Activity>;
  readonly #tombstones: Collection<Tombstone>;

  constructor(database: Db) {
    this.#activities = database.collection<Activity>(contract.collection);
    this.#tombstones = database.collection<Tombstone>(contract.collection);
  }

  /**
   * Stores the activities whose key does not exist. All others stay as they are.
   * @returns the keys of the activities that this call stored
   * @throws {UnavailableError} if some were not stored; sending all of them again is safe
   */
  async insertMissing(activities: readonly Activity[]): Promise<Set<string>> {
    const operations = activities.map(({ _id, ...activity }) => ({
      // Filtered by the key only: only then does the server itself retry an upsert that lost a race.
      updateOne: { filter: { _id }, update: { $setOnInsert: activity }, upsert: true },
    }));
    const { upsertedIds } = await this.#activities.bulkWrite(operations, { ordered: false }).catch(getPartialResult);
    return new Set(Object.values(upsertedIds) as string[]);
  }

  async findById(userId: string, id: string): Promise<Activity | null> {
    return this.#activities.findOne({ _id: toActivityKey(userId, id), userId, ...isLive });
  }

  /** The documents with the keys: activities, and the tombstones of deleted ones. */
  async findByKeys(userId: string, keys: readonly string[]): Promise<(Activity | Tombstone)[]> {
    return this.#tombstones.find<Activity | Tombstone>({ _id: { $in: [...keys] }, userId }).toArray();
  }

  /**
   * Changes an activity if it is still the version that was read.
   * @returns the changed activity, or null if there is no such version
   */
  async change({ _id, userId, version }: Activity, content: Partial<Content>, now: Date): Promise<Activity | null> {
    return this.#activities.findOneAndUpdate(
      { _id, userId, version, ...isLive },
      { $set: { ...content, updatedAt: now }, $inc: { version: 1 } },
      { returnDocument: "after" },
    );
  }

  /**
   * Replaces an activity by a tombstone.
   * @param version the version to delete; @default any
   * @returns whether there was such a version
   */
  async delete(userId: string, id: string, now: Date, version?: number): Promise<boolean> {
    const result = await this.#tombstones.replaceOne(
      {
        _id: toActivityKey(userId, id),
        userId,
        deletedAt: { $exists: false },
        ...(version !== undefined && { version }),
      },
      { userId, deletedAt: now },
    );
    return result.matchedCount === 1;
  }

  /**
   * The newest activities of a selection after a position, at most `limit`.
   * @param now near which most activities are; it decides how fast they are found, not which
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
    // Few users fill a part of an export within months: it is searched in all years together.
    for (const span of limit > longestPage ? spans.slice(-1) : spans) {
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

  /** How many activities a user has, without those in the archive. */
  async count(userId: string): Promise<number> {
    return this.#activities.countDocuments({ userId, ...isLive });
  }

  /** The amounts of a selection, fetched in batches while they are read. */
  async *amounts(userId: string, selection: Selection): AsyncGenerator<Amount> {
    let after: Position | undefined;
    do {
      // In batches: the embedded database has no cursors, and returns all results together.
      const part: (Amount & Position)[] = await this.#activities
        .find(toFilter(userId, selection, after), { projection: amount })
        .sort(newestFirst)
        .limit(amountBatchSize)
        .toArray();
      yield* part;
      after = part.length < amountBatchSize ? undefined : part.at(-1);
    } while (after);
  }
}

/** The position also bounds the time, so that the index leads to the first document after it. */
function toFilter(userId: string, { kind, from, to }: Selection, after?: Position): Filter<Activity> {
  const $gte = from && from > earliest ? from : earliest;
  return {
    userId,
    ...(kind !== undefined && { kind }),
    occurredAt: { $gte, ...(to && { $lt: to }), ...(after && { $lte: after.occurredAt }) },
    ...(after && { $or: [{ occurredAt: { $lt: after.occurredAt } }, { _id: { $lt: after._id } }] }),
  };
}

/** The result of a bulk write in which some items lost a race to another request with the same activities. */
function getPartialResult(error: unknown): PartialWrite["result"] {
  const { writeErrors, result } = error as Partial<PartialWrite>;
  if (writeErrors === undefined || result === undefined) throw error;
  const errors = [writeErrors].flat();
  // Without write errors, the driver has wrapped a lost connection, a full pool or an `ok: 0`: the state of all items is unknown.
  const lostRaces = errors.length > 0 && errors.every(isDuplicateKey) && !result.getWriteConcernError?.();
  if (lostRaces) return result;
  throw createNotStoredError(error);
}

/** Members of the driver's `MongoBulkWriteError`. The embedded database's error has no write concern. */
interface PartialWrite {
  writeErrors: unknown;
  result: { upsertedIds: Record<number, unknown>; getWriteConcernError?(): unknown };
}
