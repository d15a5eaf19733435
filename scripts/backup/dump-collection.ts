import type { Db } from "mongodb";
import { filesOf } from "./file-names.ts";
import { compressed } from "./gzip.ts";
import type { CollectionEntry } from "./manifest.ts";
import { type CollectionMetadata, metadataFile } from "./metadata.ts";
import { canonicalJson } from "./ordered-bson.ts";
import type { Progress } from "./progress.ts";
import { rawFind } from "./raw-find.ts";
import type { ReadMoment } from "./snapshot.ts";
import type { BackupStore } from "./store.ts";
import { ContentSummer, FileSummer, sumsOf } from "./sums.ts";

/** Bytes that are compressed at a time. */
const pieceBytes = 256 * 1024;

export interface CollectionDump {
  readonly database: Db;
  readonly metadata: CollectionMetadata;
  readonly store: BackupStore;
  /** Folder of the backup in the store. */
  readonly folder: string;
  readonly moment: ReadMoment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Writes the files of a collection, and says what is in them. */
export async function dumpCollection(dump: CollectionDump): Promise<CollectionEntry> {
  const { database, metadata, store, folder, progress } = dump;
  const { name, type, indexes } = metadata;
  const paths = filesOf(database.databaseName, name);
  const description = metadataFile(metadata);
  await store.write(`${folder}/${paths.metadata}`, [description]);
  const entry = { name, type, metadata: sumsOf(description), indexes: indexes.map(canonicalJson) };
  if (type === "view") return entry;

  const [file, uncompressed, content] = [new FileSummer(), new FileSummer(), new ContentSummer()];
  const pieces = uncompressed.through(documentPieces(dump, content));
  await store.write(`${folder}/${paths.data}`, file.through(compressed(pieces)));
  progress.finish(name, content.documents);
  return {
    ...entry,
    data: { ...file.sums, ...content.sums, uncompressed: uncompressed.sums, newest: content.newest },
  };
}

/**
 * The bytes of all documents, as the server sends them, in pieces of much the same size. A piece is overwritten when the next
 * one is asked for.
 */
async function* documentPieces(dump: CollectionDump, content: ContentSummer): AsyncGenerator<Buffer> {
  const { database, metadata, moment, progress, signal } = dump;
  const options = moment.readConcern ? { readConcern: moment.readConcern } : {};
  const piece = Buffer.allocUnsafe(pieceBytes);
  let used = 0;
  for await (const documents of rawFind(database, metadata.name, options)) {
    signal.throwIfAborted();
    const before = content.documents;
    for (const document of documents) {
      content.addDated(document);
      if (used + document.length > pieceBytes) {
        yield piece.subarray(0, used);
        used = 0;
      }
      if (document.length > pieceBytes) yield document;
      else used += document.copy(piece, used);
    }
    progress.advance(content.documents - before);
  }
  if (used > 0) yield piece.subarray(0, used);
}
