import { isDeepStrictEqual } from "node:util";
import type { Db, IndexDescription } from "mongodb";
import { ConfigurationError } from "../config.ts";
import { type DeclaredIndex, dataMap } from "../data-map.ts";

/** Every index, by collection. `npm run ops -- migrate` creates them; a request never does. */
export const indexes: Record<string, readonly DeclaredIndex[]> = Object.fromEntries(
  Object.entries(dataMap).map(([collection, entry]) => [collection, entry.indexes]),
);

/** Options that decide which documents an index contains, rejects or deletes. */
const decisiveOptions = ["unique", "sparse", "partialFilterExpression", "expireAfterSeconds"] as const;

/**
 * Creates the declared indexes that are missing. Safe to run again, and while the service runs.
 * @returns the names, as `collection.index`, of those that were missing
 * @throws {ConfigurationError} if an existing index is not as declared; the missing indexes are created nevertheless
 */
export async function createIndexes(database: Db): Promise<string[]> {
  const { missing, different } = await compareIndexes(database);
  for (const { collection, index } of missing) {
    const { key, ...options } = index;
    await database.collection(collection).createIndex(key, options);
  }
  rejectDifferences(different);
  return missing.map(toIndexName);
}

/**
 * What {@link createIndexes} would create.
 * @throws {ConfigurationError} as that would
 */
export async function missingIndexes(database: Db): Promise<string[]> {
  const { missing, different } = await planIndexes(database);
  rejectDifferences(different);
  return missing;
}

/** The names of the indexes that {@link createIndexes} would create, and why it would fail: each index that is not as declared. */
export async function planIndexes(database: Db): Promise<{ missing: string[]; different: string[] }> {
  const { missing, different } = await compareIndexes(database);
  return { missing: missing.map(toIndexName), different };
}

interface Missing {
  collection: string;
  index: DeclaredIndex;
}

const toIndexName = ({ collection, index }: Missing) => `${collection}.${index.name}`;

async function compareIndexes(database: Db): Promise<{ missing: Missing[]; different: string[] }> {
  const missing: Missing[] = [];
  const different: string[] = [];
  for (const [collection, declared] of Object.entries(indexes)) {
    const present = new Map((await listIndexes(database, collection)).map((index) => [index.name, index]));
    for (const index of declared) {
      const existing = present.get(index.name);
      if (!existing) missing.push({ collection, index });
      else {
        const differences = compare(index, existing);
        if (differences.length > 0) different.push(describeDifferences(collection, index.name, differences));
      }
    }
  }
  return { missing, different };
}

function rejectDifferences(different: readonly string[]): void {
  if (different.length > 0) throw new ConfigurationError(different.join("\n"));
}

/** The indexes of a collection: none if it does not exist. */
export async function listIndexes(database: Db, name: string): Promise<IndexDescription[]> {
  const present = () => database.collection(name).indexes();
  try {
    return await present();
  } catch {
    // Listing the indexes of a collection that does not exist is an error, whose code differs among servers. Whether it exists is read,
    // not concluded from the error. Meanwhile, another server may have created it.
    const exists = (await database.listCollections({ name }).toArray()).length > 0;
    return exists ? await present() : [];
  }
}

function compare(declared: IndexDescription, existing: IndexDescription): string[] {
  const differs = (what: string, is: unknown, should: unknown) =>
    isDeepStrictEqual(is, should) ? [] : [`${what} is ${text(is)} and should be ${text(should)}`];
  return [
    // As entries: the order of the fields matters.
    ...differs("key", Object.entries(existing.key), Object.entries(declared.key)),
    ...decisiveOptions.flatMap((name) =>
      differs(name, normalizeOption(existing[name]), normalizeOption(declared[name])),
    ),
  ];
}

/** A server may list an option that is off as `false` or not at all. Zero seconds are a time. */
const normalizeOption = (option: unknown) => (option === false ? undefined : option);

const text = (value: unknown) => (value === undefined ? "unset" : JSON.stringify(value));

const describeDifferences = (collection: string, name: string, differences: string[]) =>
  `The index ${collection}.${name} is not as the service declares it: ${differences.join("; ")}. ` +
  "The service never changes an existing index. While no client writes, drop it with " +
  `db.${collection}.dropIndex("${name}") and create it again with npm run ops -- migrate. ` +
  "If this is an embedded database, delete its folder.";
