import type { Db } from "mongodb";
import { erasuresCollection, userCollections } from "../../service/data-map.ts";
import { findRaw, insertRaw } from "./raw-documents.ts";

/** Users per command. */
export const batchSize = 1_000;

/**
 * Copies the erasure records of another database.
 * @param bypassValidation the target collection has a validator
 */
export async function copyErasures(from: Db, to: Db, bypassValidation: boolean): Promise<void> {
  for await (const documents of findRaw(from, erasuresCollection)) {
    const bytes = Buffer.concat([...documents]);
    await insertRaw(to, erasuresCollection, bytes, { keepExisting: true, bypassValidation });
  }
}

/** Counts the documents of users, in batches like those of {@link deleteErasedUsers}. */
export async function countErasedDocuments(database: Db, ids: readonly string[]): Promise<number> {
  let count = 0;
  for (let from = 0; from < ids.length; from += batchSize) {
    for (const { collection, field } of userCollections) {
      count += await database
        .collection(collection)
        .countDocuments({ [field]: { $in: ids.slice(from, from + batchSize) } });
    }
  }
  return count;
}

/**
 * Deletes the users that have an erasure record, with all their data.
 * @returns the number of deleted documents
 */
export async function deleteErasedUsers(database: Db): Promise<number> {
  const records = database.collection<{ _id: string }>(erasuresCollection);
  let deleted = 0;
  let ids: string[];
  let last = "";
  do {
    const batch = await records
      .find({ _id: { $gt: last } })
      .sort({ _id: 1 })
      .limit(batchSize)
      .toArray();
    ids = batch.map(({ _id }) => _id);
    for (const { collection, field } of userCollections) {
      const { deletedCount } = await database.collection(collection).deleteMany({ [field]: { $in: ids } });
      deleted += deletedCount;
    }
    last = ids.at(-1) ?? last;
  } while (ids.length === batchSize);
  return deleted;
}
