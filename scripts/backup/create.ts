import type { Db } from "mongodb";
import type { Clock } from "../../service/platform/clock.ts";
import { newBackupId } from "./catalog.ts";
import { restoreMarker } from "./database.ts";
import {
  dumpCollection,
  isSnapshotTooOld,
  nonSnapshotReads,
  type ReadConsistency,
  snapshotReads,
} from "./dump-collection.ts";
import { BackupError } from "./errors.ts";
import { inParallel } from "./in-parallel.ts";
import type { BackupLocation } from "./location.ts";
import { getCollectionPaths, getManifestPath, type Manifest, toManifestFile } from "./manifest.ts";
import { type CollectionMetadata, listCollections } from "./metadata.ts";
import { type Progress, silentProgress } from "./progress.ts";

export interface CreateOptions {
  /** What is backed up. */
  readonly database: Db;
  /** Where to. It is only written to: no right to read, list or delete is needed. */
  readonly location: BackupLocation;
  readonly clock: Clock;
  /** @default no progress is reported */
  readonly progress?: Progress;
  /** Tells to stop. */
  readonly signal?: AbortSignal;
}

/** Collections at a time: each holds an answer of the server, and a part of an upload. */
const parallelCollections = 2;

/**
 * Backs a database up: all documents, options and indexes, in the files of the MongoDB tools, and a manifest last of all.
 * Whatever ends this before, there is no backup. Memory does not grow with the database.
 *
 * @returns what the backup holds
 * @throws {BackupError} if the database is empty, half restored, or holds what cannot be dumped
 */
export async function createBackup(options: CreateOptions): Promise<Manifest> {
  const { database, location, clock, signal, progress = silentProgress } = options;
  const startedAt = clock();
  const id = newBackupId(startedAt);
  const collections = await listCollections(database);
  checkCollections(database, collections);
  const { version } = await database.command({ buildInfo: 1 });
  const first = collections.find(({ type }) => type === "collection");
  const reads = first ? await snapshotReads(database, first.name) : nonSnapshotReads("there are only views");
  progress.begin("dump", await estimateDocuments(database, collections));

  const dump = (reads: ReadConsistency) =>
    inParallel(collections, parallelCollections, signal, (metadata, signal) =>
      dumpCollection({ database, metadata, store: location, folder: id, reads, progress, signal }),
    );
  try {
    const { entries, consistency } = await dump(reads).then(
      (entries) => ({ entries, ...reads }),
      async (error) => {
        if (!isSnapshotTooOld(error)) throw error;
        const later = nonSnapshotReads("reading took longer than the server keeps a snapshot");
        return { entries: await dump(later), ...later };
      },
    );
    checkCollections(database, await listCollections(database));
    const manifest: Manifest = {
      format: 1,
      id,
      database: database.databaseName,
      server: version,
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(clock()).toISOString(),
      consistency,
      collections: entries,
    };
    await location.write(getManifestPath(id), [toManifestFile(manifest)]);
    return manifest;
  } catch (error) {
    await cleanUp(location, id, database, collections);
    throw error;
  }
}

function checkCollections({ databaseName }: Db, collections: CollectionMetadata[]): void {
  if (collections.some(({ name }) => name === restoreMarker)) {
    throw new BackupError(
      `The database ${databaseName} is half restored: a restore into it was begun and has not ended. Restore it again, ` +
        "with --replace, before you back it up.",
    );
  }
  if (collections.length === 0) {
    throw new BackupError(
      `The database ${databaseName} holds no collections, and so there is nothing to back up. Check the database's name ` +
        "in the connection string.",
    );
  }
}

async function estimateDocuments(database: Db, collections: CollectionMetadata[]): Promise<number> {
  const counts = await Promise.all(
    collections
      .filter(({ type }) => type === "collection")
      .map(({ name }) => database.collection(name).estimatedDocumentCount()),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What stays, because it may not be deleted here, is no backup without a manifest, and `prune` removes it. */
async function cleanUp(
  store: BackupLocation,
  id: string,
  { databaseName }: Db,
  collections: CollectionMetadata[],
): Promise<void> {
  const written = collections.flatMap(({ name }) => Object.values(getCollectionPaths(databaseName, name)));
  await Promise.allSettled(
    [getManifestPath(id), ...written.map((path) => `${id}/${path}`)].map((path) => store.remove(path)),
  );
}
