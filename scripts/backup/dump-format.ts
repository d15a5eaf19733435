import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip, type Gzip } from "node:zlib";
import type { Progress } from "../cli/progress.ts";
import { checkDocument, minDocumentBytes } from "./bson-elements.ts";
import { type ContentDigest, ContentHasher } from "./checksums.ts";
import type { CollectionMetadata } from "./metadata.ts";

/** A dump that was read completely and can be restored. */
export interface Dump {
  /** For messages. */
  readonly name: string;
  /** When the data were so. @default it is unknown, or in the manifest */
  readonly takenAt?: Date;
  readonly collections: readonly DumpedCollection[];
}

export interface DumpedCollection {
  readonly metadata: CollectionMetadata;
  /** Expected digest of the restored documents. A view has none. */
  readonly content?: ContentDigest;
  documents(): AsyncIterable<DocumentBatch>;
}

/**
 * The largest document that MongoDB stores internally: 16 MiB and 16 KiB (BSONObjMaxInternalSize in the source of the server).
 */
const maxDocumentBytes = 16 * 1024 * 1024 + 16 * 1024;

/** Consecutive documents. An object for each would fill the heap. */
export interface DocumentBatch {
  readonly bytes: Buffer;
  readonly documents: number;
}

/**
 * Splits a stream of bytes into its consecutive documents, without parsing them.
 *
 * @returns the documents of one chunk of the stream at a time, as a view of it
 * @throws {Error} if a length is invalid, or the stream ends within a document
 */
export async function* splitDocuments(chunks: AsyncIterable<Buffer>): AsyncGenerator<DocumentBatch> {
  let pending: Buffer[] = [];
  let [pendingBytes, neededBytes] = [0, 4];
  for await (const chunk of chunks) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    // A document of many chunks is concatenated once, not at each chunk.
    if (pendingBytes < neededBytes) continue;
    const bytes = pending.length === 1 ? chunk : Buffer.concat(pending, pendingBytes);
    let [documents, position] = [0, 0];
    neededBytes = 4;
    while (bytes.length - position >= 4) {
      const length = readDocumentLength(bytes, position);
      if (length > bytes.length - position) {
        neededBytes = length;
        break;
      }
      documents += 1;
      position += length;
    }
    pending = [bytes.subarray(position)];
    pendingBytes = bytes.length - position;
    if (documents > 0) yield { bytes: bytes.subarray(0, position), documents };
  }
  if (pendingBytes > 0) throw new Error("the last document is not complete");
}

function readDocumentLength(bytes: Buffer, position: number): number {
  const length = bytes.readInt32LE(position);
  if (length < minDocumentBytes || length > maxDocumentBytes) {
    throw new Error(`the length of a document is ${length}, which is invalid`);
  }
  return length;
}

/**
 * Reads all documents of a collection, and checks the structure of each.
 * @throws {Error} if one is invalid
 */
export async function checkDocuments(chunks: AsyncIterable<Buffer>, progress: Progress): Promise<ContentDigest> {
  const content = new ContentHasher();
  for await (const { bytes, documents } of splitDocuments(chunks)) {
    for (let start = 0; start < bytes.length; ) {
      const end = checkDocument(bytes, start);
      content.add(bytes.subarray(start, end));
      start = end;
    }
    progress.advance(documents);
  }
  return content.digest;
}

/** Larger than the 16 KiB of zlib, because each chunk costs a turn of the event loop. */
const chunkBytes = 256 * 1024;

/**
 * Of zlib, from 1 to 9. A dump with the default, 6, needs half as much CPU time again, and is smaller by 0.1 % for the documents of the
 * benchmark, and by 1.2 % for documents with random ids (2026-11-29).
 */
const compressionLevel = 5;

/** Compresses a stream, in a thread. Meanwhile it requests the next chunk: it uses a chunk until it requests the second one after it. */
export async function* compress(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gzip = createGzip({ chunkSize: chunkBytes, level: compressionLevel });
  feed(gzip, chunks).then(
    () => gzip.end(),
    // The reader below receives the error.
    (error: Error) => gzip.destroy(error),
  );
  yield* gzip as AsyncIterable<Buffer>;
}

async function feed(gzip: Gzip, chunks: AsyncIterable<Buffer>): Promise<void> {
  let compressed: Promise<void> | undefined;
  for await (const chunk of chunks) {
    await compressed;
    compressed = new Promise((resolve, reject) => {
      gzip.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
    // The next iteration reports it.
    compressed.catch(() => {});
  }
  await compressed;
}

/** Decompresses a stream. An error of the source passes unchanged. */
export function decompress(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  // The reader receives the error, because `pipeline` destroys the stream with it.
  pipeline(Readable.from(chunks, { objectMode: false, highWaterMark: chunkBytes }), gunzip, () => {});
  return gunzip;
}
