import type { Db } from "mongodb";
import { activities } from "../../service/contract.ts";
import { findRaw, insertRaw } from "./raw-documents.ts";

/** Users who had themselves deleted: `{ _id: user's id, deletedAt }`. */
export const erasuresCollection = "erasures";

/** Where the documents of a user are, and the field that names the user. */
const userCollections = [
  { collection: "users", field: "_id" },
  { collection: activities.collection, field: activities.userField },
] as const;

/** Users at a time. */
export const batchSize = 1_000;

/**
 * Takes over what another database knows of deleted users.
 * @param validated the collection that they are copied to has a validator
 */
export async function copyErasures(from: Db, to: Db, validated: boolean): Promise<void> {
  for await (const documents of findRaw(from, erasuresCollection)) {
    await insertRaw(to, erasuresCollection, Buffer.concat([...documents]), {
      keepExisting: true,
      bypassValidation: validated,
    });
  }
}

/**
 * Deletes the users who had themselves deleted after the backup was made, with all that is theirs.
 * @returns how many documents were deleted
 */
export async function deleteErasedUsers(database: Db): Promise<number> {
  const marks = database.collection<{ _id: string }>(erasuresCollection);
  let deleted = 0;
  let ids: string[];
  let last = "";
  do {
    const page = await marks
      .find({ _id: { $gt: last } })
      .sort({ _id: 1 })
      .limit(batchSize)
      .toArray();
    ids = page.map(({ _id }) => _id);
    for (const { collection, field } of userCollections) {
      const { deletedCount } = await database.collection(collection).deleteMany({ [field]: { $in: ids } });
      deleted += deletedCount;
    }
    last = ids.at(-1) ?? last;
  } while (ids.length === batchSize);
  return deleted;
}
