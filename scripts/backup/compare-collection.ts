import type { Db } from "mongodb";
import type { DumpedCollection } from "./dump.ts";
import { BackupError } from "./errors.ts";
import type { Progress } from "./progress.ts";
import { rawFind } from "./raw-find.ts";
import { ContentSummer } from "./sums.ts";

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
  const content = new ContentSummer();
  for await (const batch of rawFind(database, name)) {
    signal.throwIfAborted();
    const before = content.documents;
    for (const document of batch) content.add(document);
    progress.advance(content.documents - before);
  }
  const { documents, digest } = content.sums;
  if (documents !== expected.documents || digest !== expected.digest) {
    throw new BackupError(
      `${name} is not as it was: it holds ${documents} documents, and the dump ${expected.documents}` +
        `${documents === expected.documents ? ", but not the same ones" : ""}. Somebody may write to the database: stop them, ` +
        "and restore again with --replace.",
    );
  }
  progress.finish(name, documents);
}
