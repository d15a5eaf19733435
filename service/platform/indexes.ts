import type { Db, IndexDescription } from "mongodb";

/** Every index, by collection. `npm run ops -- migrate` creates them; a request never does. */
export const indexes: Record<string, (IndexDescription & { name: string })[]> = {
  users: [{ name: "email_canonical", key: { emailCanonical: 1 }, unique: true }],
};

/**
 * Creates the declared indexes that are missing. Safe to run again, and while the service runs.
 * @returns the names, as `collection.index`, of those that were missing
 */
export async function createIndexes(database: Db): Promise<string[]> {
  const created: string[] = [];
  for (const [collection, declared] of Object.entries(indexes)) {
    const present = new Set(await indexNames(database, collection));
    for (const { key, ...options } of declared) {
      if (present.has(options.name)) continue;
      await database.collection(collection).createIndex(key, options);
      created.push(`${collection}.${options.name}`);
    }
  }
  return created;
}

async function indexNames(database: Db, name: string): Promise<(string | undefined)[]> {
  try {
    return (await database.collection(name).indexes()).map((index) => index.name);
  } catch (error) {
    // A collection that does not exist yet has no indexes, but to ask for them is an error.
    const exists = (await database.listCollections({ name }).toArray()).length > 0;
    if (exists) throw error;
    return [];
  }
}
