import type { Db } from "mongodb";
import { indexes, listIndexes } from "./indexes.ts";

/**
 * Indexes that earlier releases declared, by collection, with the names to drop. Only `npm run ops -- migrate --drop-indexes` drops them,
 * once no release that uses them runs or can be rolled back to: see docs/migrations.md. An index in neither list may be an operator's.
 */
export const droppedIndexes: Readonly<Record<string, readonly string[]>> = {};

/** Drops indexes. Safe to run again, and twice at once. @returns the names, as `collection.index`, of those that existed */
export async function dropIndexes(database: Db, dropped = droppedIndexes): Promise<string[]> {
  const existing = await findDroppedIndexes(database, dropped);
  for (const name of existing) {
    const dot = name.indexOf(".");
    try {
      await database.collection(name.slice(0, dot)).dropIndex(name.slice(dot + 1));
    } catch (error) {
      // Another call may have dropped it. Whether it exists is read, not concluded from the error, which differs among servers.
      if ((await findDroppedIndexes(database, dropped)).includes(name)) throw error;
    }
  }
  return existing;
}

/** What {@link dropIndexes} would drop. */
export async function findDroppedIndexes(database: Db, dropped = droppedIndexes): Promise<string[]> {
  const found: string[] = [];
  for (const [collection, names] of Object.entries(dropped)) {
    const present = (await listIndexes(database, collection)).map(({ name }) => name);
    found.push(...names.filter((name) => present.includes(name)).map((name) => `${collection}.${name}`));
  }
  return found;
}

/** Lists collections and indexes that no release declares. No command changes them. */
export async function findUndeclared(
  database: Db,
  dropped = droppedIndexes,
): Promise<{ collections: string[]; indexes: string[] }> {
  const listed = await database.listCollections({}, { nameOnly: true }).toArray();
  const names = listed.map(({ name }) => name).filter((name) => !name.startsWith("system."));
  const declared = names.filter((name) => Object.hasOwn(indexes, name));
  const found: string[] = [];
  for (const collection of declared.sort()) {
    const known = ["_id_", ...(indexes[collection] ?? []).map(({ name }) => name), ...(dropped[collection] ?? [])];
    for (const { name } of await listIndexes(database, collection)) {
      if (!known.includes(name!)) found.push(`${collection}.${name}`);
    }
  }
  return { collections: names.filter((name) => !declared.includes(name)).sort(), indexes: found };
}
