import type { Db } from "mongodb";
import type { Clock } from "../../service/platform/clock.ts";
import { OperatorError } from "../cli/errors.ts";
import { inParallel } from "../cli/in-parallel.ts";
import { type Progress, silentProgress } from "../cli/progress.ts";
import { newBackupId } from "./catalog.ts";
import { ContentHasher, computeFileDigest, FileHasher } from "./checksums.ts";
import { restoreMarker } from "./database.ts";
import { estimateSize, type SizeEstimate } from "./database-size.ts";
import { compress } from "./dump-format.ts";
import type { BackupLocation } from "./location.ts";
import {
  type CollectionEntry,
  getCollectionPaths,
  getManifestPath,
  type Manifest,
  toManifestFile,
} from "./manifest.ts";
import { type CollectionMetadata, listCollections, toMetadataFile } from "./metadata.ts";
import { toCanonicalJson } from "./ordered-bson.ts";
import {
  chooseReads,
  findDocuments,
  isSnapshotTooOld,
  type ReadConsistency,
  resumableReads,
} from "./read-consistency.ts";

export interface CreateOptions {
  readonly database: Db;
  /** Where to write the backup. Permissions to read, list or delete are not needed. */
  readonly location: BackupLocation;
  readonly clock: Clock;
  /** @default no progress is reported */
  readonly progress?: Progress;
  /** Aborts the backup. */
  readonly signal?: AbortSignal;
  /** Refuses a database whose backup is expected to take longer, in seconds. @default none is too large */
  readonly limitSeconds?: number;
  /** Is told the size of the database before anything is written. It is not called if the server does not tell it. */
  readonly onEstimate?: (estimate: SizeEstimate) => void;
}

/** What {@link createBackup} would back up. */
export interface BackupPlan {
  readonly database: string;
  /** With the number of documents; a view has none. */
  readonly collections: readonly { readonly name: string; readonly documents: number }[];
  /** Null if the server does not tell the size of the database. */
  readonly estimate: SizeEstimate | null;
}

/**
 * Plans a backup, and writes nothing.
 * @throws {OperatorError} if the database is empty, half restored, or contains an unsupported type of collection
 */
export async function planBackup(database: Db): Promise<BackupPlan> {
  const listed = await listCollections(database);
  checkCollections(database, listed);
  const collections = await inParallel(listed, undefined, async ({ name, type }) => ({
    name,
    documents: type === "view" ? 0 : await database.collection(name).estimatedDocumentCount(),
  }));
  return { database: database.databaseName, collections, estimate: (await estimateSize(database)) ?? null };
}

/** Bytes that are compressed at a time. */
const chunkBytes = 256 * 1024;

/**
 * Backs up a database: all documents, options and indexes, in the files of the MongoDB tools, and finally a manifest. Without
 * the manifest, there is no backup. Memory use does not grow with the database.
 *
 * @throws {OperatorError} if the database is empty, half restored, too large, or contains an unsupported type of collection
 */
export async function createBackup(options: CreateOptions): Promise<Manifest> {
  const { database, location, clock, signal, progress = silentProgress } = options;
  const startedAt = clock();
  const id = newBackupId(startedAt);
  const collections = await listCollections(database);
  checkCollections(database, collections);
  const { version } = await database.command({ buildInfo: 1 });
  const names = collections.filter(({ type }) => type === "collection").map(({ name }) => name);
  const estimate = await estimateSize(database);
  if (estimate) {
    options.onEstimate?.(estimate);
    checkSize(database, estimate, options.limitSeconds);
  }
  const reads = await chooseReads(database, names[0], estimate);
  const counts = await inParallel(names, undefined, (name) => database.collection(name).estimatedDocumentCount());
  progress.begin(
    "dump",
    counts.reduce((sum, count) => sum + count, 0),
    "documents",
  );

  const dump = async (reads: ReadConsistency) => ({
    consistency: reads.consistency,
    entries: await inParallel(collections, signal, (metadata, signal) =>
      dumpCollection(database, metadata, { location, id, reads, progress, signal }),
    ),
  });
  try {
    const { entries, consistency } = await dump(reads).catch((error) => {
      if (!isSnapshotTooOld(error)) throw error;
      return dump(resumableReads("reading took longer than the server keeps a snapshot"));
    });
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
    // Without the permission to delete them, `prune` removes these files: without a manifest, they are not a backup.
    const paths = collections.flatMap(({ name }) => Object.values(getCollectionPaths(database.databaseName, name)));
    await Promise.allSettled(
      [getManifestPath(id), ...paths.map((path) => `${id}/${path}`)].map((path) => location.remove(path)),
    );
    throw error;
  }
}

function checkCollections({ databaseName }: Db, collections: CollectionMetadata[]): void {
  if (collections.some(({ name }) => name === restoreMarker)) {
    throw new OperatorError("backup-source-half-restored", {
      what: `The database ${databaseName} is half restored.`,
      why: "A restore into it has not completed.",
      action: `Run \`restore\` with --replace ${databaseName}, and then back up the database.`,
    });
  }
  if (collections.length === 0) {
    throw new OperatorError("backup-source-empty", {
      what: `The database ${databaseName} holds no collections.`,
      why: "There is nothing to back up, or the connection string names another database.",
      action: "Check the name of the database in the connection string.",
    });
  }
}

function checkSize({ databaseName }: Db, { bytes, seconds }: SizeEstimate, limitSeconds?: number): void {
  if (limitSeconds === undefined || seconds <= limitSeconds) return;
  const toMinutes = (seconds: number) => `${Math.ceil(seconds / 60)} minutes`;
  throw new OperatorError("backup-too-large", {
    what: `The database ${databaseName} has ${(bytes / 1e6).toFixed(0)} MB, and was not backed up.`,
    why: `A backup takes about ${toMinutes(seconds)}, and may take ${toMinutes(limitSeconds)}.`,
    action:
      'See docs/backups.md, "How large". Until then, rely on Atlas\'s snapshots, or run `backup create` elsewhere.',
  });
}

interface CollectionDumpOptions {
  readonly location: BackupLocation;
  readonly id: string;
  readonly reads: ReadConsistency;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Writes the files of a collection, and returns its entry in the manifest. */
async function dumpCollection(
  database: Db,
  metadata: CollectionMetadata,
  options: CollectionDumpOptions,
): Promise<CollectionEntry> {
  const { location, id, progress } = options;
  const { name, type, indexes } = metadata;
  const paths = getCollectionPaths(database.databaseName, name);
  const description = toMetadataFile(metadata);
  await location.write(`${id}/${paths.metadata}`, [description]);
  const entry = { name, type, metadata: computeFileDigest(description), indexes: indexes.map(toCanonicalJson) };
  if (type === "view") return entry;

  const [file, uncompressed, content] = [new FileHasher(), new FileHasher(), new ContentHasher()];
  const chunks = uncompressed.through(
    readChunks(findDocuments(database, metadata, options.reads, options.signal), content, options),
  );
  await location.write(`${id}/${paths.data}`, file.through(compress(chunks)));
  progress.finish(name, content.documents);
  return {
    ...entry,
    data: { ...file.digest, ...content.digest, uncompressed: uncompressed.digest, newest: content.newest },
  };
}

/** The bytes of all documents, in chunks of similar size. A chunk is overwritten when the second one after it is requested. */
async function* readChunks(
  responses: AsyncIterable<Iterable<Buffer>>,
  content: ContentHasher,
  { progress, signal }: CollectionDumpOptions,
): AsyncGenerator<Buffer> {
  let [chunk, other] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  let used = 0;
  for await (const documents of responses) {
    signal.throwIfAborted();
    const before = content.documents;
    for (const document of documents) {
      content.addDated(document);
      if (used + document.length > chunkBytes) {
        yield chunk.subarray(0, used);
        [chunk, other] = [other, chunk];
        used = 0;
      }
      if (document.length > chunkBytes) yield document;
      else used += document.copy(chunk, used);
    }
    progress.advance(content.documents - before);
  }
  if (used > 0) yield chunk.subarray(0, used);
}
