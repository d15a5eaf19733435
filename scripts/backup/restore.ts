import type { Db } from "mongodb";
import type { Clock } from "../../service/platform/clock.ts";
import { markRestore, restoreMarker, unmarkRestore } from "./database.ts";
import type { Dump } from "./dump.ts";
import { copyErasures, deleteErasedUsers, erasuresCollection } from "./erasures.ts";
import { BackupError } from "./errors.ts";
import { inParallel } from "./in-parallel.ts";
import { type CollectionMetadata, hasValidator, listCollections } from "./metadata.ts";
import { type Progress, silentProgress } from "./progress.ts";
import {
  compareCollection,
  createIndexes,
  isTtlIndex,
  restoreCollection,
  toComparable,
} from "./restore-collection.ts";
import { requireRestorePrivileges } from "./restore-privileges.ts";

export interface RestoreOptions {
  /** What is restored; all of it has been looked at. */
  readonly dump: Dump;
  /** Where to. Nothing else may write to it. */
  readonly database: Db;
  /**
   * Drops what is there, but for the record of deleted users.
   * @default the database must be empty
   */
  readonly replace?: boolean;
  /**
   * Another database that knows of users who were deleted after the backup was made.
   * @default none
   */
  readonly erasuresFrom?: Db;
  readonly clock: Clock;
  /** @default no progress is reported */
  readonly progress?: Progress;
  /** Tells to stop. */
  readonly signal?: AbortSignal;
}

/** What a restore did. */
export interface RestoreResult {
  readonly documents: number;
  /** How many of them were deleted again, since their users had themselves deleted after the backup was made. */
  readonly deletedAgain: number;
}

const parallelCollections = 2;

/** @throws {BackupError} if a database holds anything that a restore would have to replace */
export async function requireEmpty(database: Db): Promise<void> {
  const names = (await listCollections(database)).map(({ name }) => name);
  if (names.length === 0) return;
  throw new BackupError(
    names.includes(restoreMarker)
      ? `The database ${database.databaseName} is half restored: a restore into it was begun and has not ended. Run it again ` +
          "with --replace, which starts anew."
      : `The database ${database.databaseName} is not empty: it holds ${names.join(", ")}. Restore into another one, or give ` +
          "--replace to drop what it holds.",
  );
}

/**
 * Restores a dump: documents, then indexes, then a comparison of all with the dump. Until it has ended well, the database is
 * marked: a backup of it is refused, and so is another restore without `replace`.
 *
 * @throws {BackupError} if the database is not empty, the user may not restore, or it is not as the dump in the end
 */
export async function restoreDump(options: RestoreOptions): Promise<RestoreResult> {
  const { dump, database, replace = false, erasuresFrom, clock, progress = silentProgress, signal } = options;
  if (!replace) await requireEmpty(database);
  const present = await listCollections(database);
  const kept = present.find(({ name }) => name === erasuresCollection);
  const created = dump.collections.map(({ metadata }) => metadata).filter(({ name }) => name !== kept?.name);
  // What is kept has options of its own.
  const targets = kept ? [...created, kept] : created;
  await requireRestorePrivileges(
    database,
    targets,
    present.map(({ name }) => name),
  );
  const validated = new Set(targets.filter(hasValidator).map(({ name }) => name));
  await markRestore(database, dump.name, new Date(clock()));
  for (const { name } of present) {
    if (name !== erasuresCollection && name !== restoreMarker) await database.collection(name).drop();
  }

  const documents = dump.collections.reduce((sum, { content }) => sum + (content?.documents ?? 0), 0);
  progress.begin("restore", documents);
  await inParallel(dump.collections, parallelCollections, signal, (collection, signal) => {
    const { name } = collection.metadata;
    const target = { isMerged: name === kept?.name, isValidated: validated.has(name) };
    return restoreCollection(database, collection, target, progress, signal);
  });
  const compared = dump.collections.filter(({ metadata }) => metadata.name !== kept?.name);
  progress.begin("compare", documents);
  await inParallel(compared, parallelCollections, signal, (collection, signal) =>
    compareCollection(database, collection, progress, signal),
  );
  if (erasuresFrom) await copyErasures(erasuresFrom, database, validated.has(erasuresCollection));
  const erased = await deleteErasedUsers(database);
  // Only now, when nothing is left to be counted.
  for (const { metadata } of dump.collections) {
    await createIndexes(database, metadata.name, metadata.indexes.filter(isTtlIndex));
  }
  compareIndexes(dump, await listCollections(database));
  await unmarkRestore(database);
  return { documents, deletedAgain: erased };
}

function compareIndexes({ collections }: Dump, present: CollectionMetadata[]): void {
  const found = new Map(present.map(({ name, indexes }) => [name, new Set(indexes.map(toComparable))]));
  const missing = collections.flatMap(({ metadata: { name, indexes } }) =>
    indexes
      .filter((index) => !found.get(name)?.has(toComparable(index)))
      .map((index) => `${name}.${index.get("name")}`),
  );
  if (missing.length > 0) {
    throw new BackupError(
      `These indexes are not as they were: ${missing.join(", ")}. All documents are restored. Compare the server's version ` +
        "with the one in the manifest, and create them by hand or restore into a server of that version.",
    );
  }
}
