import type { Db } from "mongodb";
import { ContentHasher } from "./checksums.ts";
import type { DumpedCollection } from "./dump.ts";
import { BackupError } from "./errors.ts";
import { type OrderedDocument, toCanonicalJson } from "./ordered-bson.ts";
import type { Progress } from "./progress.ts";
import { findRaw, insertRaw } from "./raw-documents.ts";

/** The collection that documents are restored into. */
export interface RestoreTarget {
  /** It is there, and gets what it lacks. */
  readonly isMerged: boolean;
  /** It has a validator, which must not refuse documents of the dump. */
  readonly isValidated: boolean;
}

/** Creates a collection with its documents and indexes, but those that would delete documents. */
export async function restoreCollection(
  database: Db,
  { metadata, content, documents }: DumpedCollection,
  { isMerged, isValidated }: RestoreTarget,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { name, options, indexes } = metadata;
  if (!isMerged) await database.command({ create: name, ...Object.fromEntries(options) });
  if (!content) return;
  for await (const run of documents()) {
    signal.throwIfAborted();
    await insertRaw(database, name, run.bytes, { keepExisting: isMerged, bypassValidation: isValidated });
    progress.advance(run.documents);
  }
  await createIndexes(
    database,
    name,
    indexes.filter((index) => !isTtlIndex(index)),
  );
  progress.finish(name, content.documents);
}

/** The index that each collection has by itself. */
const idIndexName = "_id_";

/** What servers tell differently of the same index: how it was made, and how it is stored. */
const ignoredIndexFields = new Set(["ns", "v", "background", "storageEngine"]);

/** Whether an index deletes documents when their time has come. */
export const isTtlIndex = (index: OrderedDocument): boolean => index.has("expireAfterSeconds");

/** Creates indexes as they were, but those that come with the collection. */
export async function createIndexes(
  database: Db,
  collection: string,
  indexes: readonly OrderedDocument[],
): Promise<void> {
  const missing = indexes.filter((index) => index.get("name") !== idIndexName && !index.get("clustered"));
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
export function toComparable(index: OrderedDocument): string {
  const fields = [...index].filter(([field]) => !ignoredIndexFields.has(field));
  return toCanonicalJson(new Map(fields.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/**
 * Reads back what was restored.
 * @throws {BackupError} if it is not what the dump holds
 */
export async function compareCollection(
  database: Db,
  { metadata: { name }, content: expected }: DumpedCollection,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (!expected) return;
  const content = new ContentHasher();
  for await (const batch of findRaw(database, name)) {
    signal.throwIfAborted();
    const before = content.documents;
    for (const document of batch) content.add(document);
    progress.advance(content.documents - before);
  }
  const { documents, digest } = content.digest;
  if (documents !== expected.documents || digest !== expected.digest) {
    throw new BackupError(
      `${name} is not as it was: it holds ${documents} documents, and the dump ${expected.documents}` +
        `${documents === expected.documents ? ", but not the same ones" : ""}. Somebody may write to the database: stop them, ` +
        "and restore again with --replace.",
    );
  }
  progress.finish(name, documents);
}
