import { type Db, MongoServerError, type Timestamp } from "mongodb";
import { ContentHasher, computeFileDigest, FileHasher } from "./checksums.ts";
import { compress } from "./dump.ts";
import type { BackupLocation } from "./location.ts";
import { type CollectionEntry, getCollectionPaths } from "./manifest.ts";
import { type CollectionMetadata, toMetadataFile } from "./metadata.ts";
import { toCanonicalJson } from "./ordered-bson.ts";
import type { Progress } from "./progress.ts";
import { findRaw } from "./raw-documents.ts";

/** Bytes that are compressed at a time. */
const chunkBytes = 256 * 1024;

export interface CollectionDump {
  readonly database: Db;
  readonly metadata: CollectionMetadata;
  readonly store: BackupLocation;
  /** Folder of the backup in the store. */
  readonly folder: string;
  readonly reads: ReadConsistency;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Writes the files of a collection, and says what is in them. */
export async function dumpCollection(dump: CollectionDump): Promise<CollectionEntry> {
  const { database, metadata, store, folder, progress } = dump;
  const { name, type, indexes } = metadata;
  const paths = getCollectionPaths(database.databaseName, name);
  const description = toMetadataFile(metadata);
  await store.write(`${folder}/${paths.metadata}`, [description]);
  const entry = {
    name,
    type,
    metadata: computeFileDigest(description),
    indexes: indexes.map(toCanonicalJson),
  };
  if (type === "view") return entry;

  const [file, uncompressed, content] = [new FileHasher(), new FileHasher(), new ContentHasher()];
  const pieces = uncompressed.through(readDocumentChunks(dump, content));
  await store.write(`${folder}/${paths.data}`, file.through(compress(pieces)));
  progress.finish(name, content.documents);
  return {
    ...entry,
    data: { ...file.digest, ...content.digest, uncompressed: uncompressed.digest, newest: content.newest },
  };
}

/**
 * The bytes of all documents, as the server sends them, in pieces of much the same size. A piece is overwritten when the next
 * one is asked for.
 */
async function* readDocumentChunks(dump: CollectionDump, content: ContentHasher): AsyncGenerator<Buffer> {
  const { database, metadata, reads, progress, signal } = dump;
  const options = reads.readConcern ? { readConcern: reads.readConcern } : {};
  const piece = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  for await (const documents of findRaw(database, metadata.name, options)) {
    signal.throwIfAborted();
    const before = content.documents;
    for (const document of documents) {
      content.addDated(document);
      if (used + document.length > chunkBytes) {
        yield piece.subarray(0, used);
        used = 0;
      }
      if (document.length > chunkBytes) yield document;
      else used += document.copy(piece, used);
    }
    progress.advance(content.documents - before);
  }
  if (used > 0) yield piece.subarray(0, used);
}

/** How documents are to be read, and what may be said of them afterwards. */
export interface ReadConsistency {
  /** What each `find` asks for. */
  readonly readConcern?: { readonly level: "snapshot"; readonly atClusterTime: Timestamp };
  /** For the manifest. */
  readonly consistency:
    | { readonly snapshot: true; readonly at: string }
    | { readonly snapshot: false; readonly because: string };
}

/** SnapshotTooOld: the server keeps a snapshot for `minSnapshotHistoryWindowInSeconds`, 300 s unless told otherwise. */
const snapshotTooOldCode = 239;

/** Reads of no one timestamp: documents as they come. */
export const nonSnapshotReads = (because: string): ReadConsistency => ({
  consistency: { snapshot: false, because },
});

/**
 * Fixes the timestamp as of which all collections are read, where the server can: replica sets and sharded clusters from 5.0 on.
 * https://www.mongodb.com/docs/manual/reference/read-concern-snapshot/
 *
 * @param collection one that exists
 */
export async function snapshotReads(database: Db, collection: string): Promise<ReadConsistency> {
  try {
    const { cursor } = await database.command({
      find: collection,
      limit: 1,
      singleBatch: true,
      projection: { _id: 1 },
      readConcern: { level: "snapshot" },
    });
    const atClusterTime = cursor.atClusterTime as Timestamp | undefined;
    if (!atClusterTime) return nonSnapshotReads("the server did not say of which moment its answer was");
    return {
      readConcern: { level: "snapshot", atClusterTime },
      consistency: { snapshot: true, at: new Date(atClusterTime.t * 1_000).toISOString() },
    };
  } catch (error) {
    // Each server that has no snapshots says so in its own way.
    if (error instanceof MongoServerError) return nonSnapshotReads(`the server said: ${error.message}`);
    throw error;
  }
}

/** Whether reading took longer than the server keeps the snapshot. */
export function isSnapshotTooOld(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === snapshotTooOldCode;
}
