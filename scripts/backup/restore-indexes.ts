import type { Db } from "mongodb";
import { canonicalJson, type Ordered } from "./ordered-bson.ts";

/** The index that each collection has by itself. */
const ownIndex = "_id_";

/** What servers tell differently of the same index: how it was made, and how it is stored. */
const incidental = new Set(["ns", "v", "background", "storageEngine"]);

/** Whether an index deletes documents when their time has come. */
export const deletesDocuments = (index: Ordered): boolean => index.has("expireAfterSeconds");

/** Creates indexes as they were, but those that come with the collection. */
export async function createIndexes(
  database: Db,
  collection: string,
  indexes: readonly Ordered[],
): Promise<void> {
  const missing = indexes.filter((index) => index.get("name") !== ownIndex && !index.get("clustered"));
  if (missing.length === 0) return;
  // Old servers told the namespace, and new ones refuse to hear it.
  const definitions = missing.map((index) => new Map([...index].filter(([field]) => field !== "ns")));
  await database.command({
    createIndexes: collection,
    indexes: definitions,
    writeConcern: { w: "majority" },
  });
}

/** A definition as text, to be compared. */
export function comparable(index: Ordered): string {
  const fields = [...index].filter(([field]) => !incidental.has(field));
  return canonicalJson(new Map(fields.sort(([a], [b]) => (a < b ? -1 : 1))));
}
