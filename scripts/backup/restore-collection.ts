import type { Db } from "mongodb";
import type { DumpedCollection } from "./dump.ts";
import type { Progress } from "./progress.ts";
import { insertRaw } from "./raw-insert.ts";
import { createIndexes, deletesDocuments } from "./restore-indexes.ts";

/** The collection that documents are restored into. */
export interface RestoreTarget {
  /** It is there, and gets what it lacks. */
  readonly merged: boolean;
  /** It has a validator, which must not refuse documents of the dump. */
  readonly validated: boolean;
}

/** Creates a collection with its documents and indexes, but those that would delete documents. */
export async function restoreCollection(
  database: Db,
  { metadata, content, documents }: DumpedCollection,
  { merged, validated }: RestoreTarget,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { name, options, indexes } = metadata;
  if (!merged) await database.command({ create: name, ...Object.fromEntries(options) });
  if (!content) return;
  for await (const run of documents()) {
    signal.throwIfAborted();
    await insertRaw(database, name, run.bytes, { keepExisting: merged, bypassValidation: validated });
    progress.advance(run.documents);
  }
  await createIndexes(
    database,
    name,
    indexes.filter((index) => !deletesDocuments(index)),
  );
  progress.finish(name, content.documents);
}
