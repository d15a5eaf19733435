import type { Db } from "mongodb";
import type { DumpedCollection } from "./dump.ts";
import { erasures } from "./erasures.ts";
import { BackupError } from "./errors.ts";
import type { Progress } from "./progress.ts";
import { rawFind } from "./raw-find.ts";
import { insertRaw } from "./raw-insert.ts";
import { createIndexes, deletesDocuments } from "./restore-indexes.ts";
import { ContentSummer } from "./sums.ts";

/** Creates a collection with its documents and indexes, but those that would delete documents. */
export async function restoreCollection(
  database: Db,
  { metadata, content, documents }: DumpedCollection,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { name, options, indexes } = metadata;
  const merged = name === erasures && (await exists(database, name));
  if (!merged) await database.command({ create: name, ...Object.fromEntries(options) });
  if (!content) return;
  for await (const run of documents()) {
    signal.throwIfAborted();
    await insertRaw(database, name, run.bytes, merged);
    progress.advance(run.documents);
  }
  await createIndexes(
    database,
    name,
    indexes.filter((index) => !deletesDocuments(index)),
  );
  if (!merged) await compareContent(database, name, content);
  progress.finish(name, content.documents);
}

/** Reads back what was restored. */
async function compareContent(
  database: Db,
  name: string,
  expected: { documents: number; digest: string },
): Promise<void> {
  const content = new ContentSummer();
  for await (const documents of rawFind(database, name)) {
    for (const document of documents) content.add(document);
  }
  const { documents, digest } = content.sums;
  if (documents !== expected.documents || digest !== expected.digest) {
    throw new BackupError(
      `${name} is not as it was: it holds ${documents} documents, and the dump ${expected.documents}` +
        `${documents === expected.documents ? ", but not the same ones" : ""}. Somebody may write to the database: stop them, ` +
        "and restore again with --replace.",
    );
  }
}

const exists = async (database: Db, name: string): Promise<boolean> =>
  (await database.listCollections({ name }).toArray()).length > 0;
