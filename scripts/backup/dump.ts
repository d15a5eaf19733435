import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip, type Gzip } from "node:zlib";
import { BsonError, checkDocument } from "./bson-elements.ts";
import { type ContentDigest, ContentHasher } from "./checksums.ts";
import type { CollectionMetadata } from "./metadata.ts";
import type { Progress } from "./progress.ts";

/** A dump whose every byte was looked at, and which can be restored. */
export interface Dump {
  /** As a person would name it. */
  readonly name: string;
  /** The database that it was made of. */
  readonly database: string;
  readonly collections: readonly DumpedCollection[];
}

export interface DumpedCollection {
  readonly metadata: CollectionMetadata;
  /** What its documents must be known by once they are restored; a view has none. */
  readonly content?: ContentDigest;
  /** Its documents, some at a time. */
  documents(): AsyncIterable<DocumentBatch>;
}

/**
 * The largest document that MongoDB stores, and what it allows itself on top: 16 MiB and 16 KiB (BSONObjMaxInternalSize in
 * the server's source).
 */
const maxDocumentBytes = 16 * 1024 * 1024 + 16 * 1024;

const minDocumentBytes = 5;

/** Documents that follow each other. An object for each would fill the heap. */
export interface DocumentBatch {
  readonly bytes: Buffer;
  readonly documents: number;
}

/**
 * Cuts a stream of bytes into the documents that follow each other in it, without looking into them.
 *
 * @returns the documents of one piece of the stream at a time, as a view on it
 * @throws {BsonError} if a length cannot be, or the stream ends within a document
 */
export async function* splitDocuments(pieces: AsyncIterable<Buffer>): AsyncGenerator<DocumentBatch> {
  let pending: Buffer[] = [];
  let [pendingBytes, neededBytes] = [0, 4];
  for await (const piece of pieces) {
    pending.push(piece);
    pendingBytes += piece.length;
    // A document of many pieces is put together once, not at each of them.
    if (pendingBytes < neededBytes) continue;
    const bytes = pending.length === 1 ? piece : Buffer.concat(pending, pendingBytes);
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
  if (pendingBytes > 0) throw new BsonError("the last document is not complete");
}

function readDocumentLength(bytes: Buffer, position: number): number {
  const length = bytes.readInt32LE(position);
  if (length < minDocumentBytes || length > maxDocumentBytes) {
    throw new BsonError(`a document's length is ${length}, which none can have`);
  }
  return length;
}

/**
 * Reads a collection's documents to the end and checks the structure of each.
 * @throws {BsonError}
 */
export async function checkDocuments(
  pieces: AsyncIterable<Buffer>,
  progress: Progress,
): Promise<ContentDigest> {
  const content = new ContentHasher();
  for await (const { bytes, documents } of splitDocuments(pieces)) {
    for (let start = 0; start < bytes.length; ) {
      const end = checkDocument(bytes, start);
      content.add(bytes.subarray(start, end));
      start = end;
    }
    progress.advance(documents);
  }
  return content.digest;
}

/** Larger pieces than zlib's own 16 KiB: each costs a turn of the event loop. */
const chunkBytes = 256 * 1024;

/** Compresses a stream. It is done with a piece when it asks for the next one. */
export async function* compress(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gzip = createGzip({ chunkSize: chunkBytes });
  feed(gzip, pieces).then(
    () => gzip.end(),
    // The reader below gets it.
    (error: Error) => gzip.destroy(error),
  );
  yield* gzip as AsyncIterable<Buffer>;
}

async function feed(gzip: Gzip, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) {
    await new Promise<void>((resolve, reject) => {
      gzip.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** Decompresses a stream. An error of the source comes out as it is. */
export function decompress(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  // The reader gets the error: `pipeline` destroys what it reads from with it.
  pipeline(Readable.from(pieces, { objectMode: false, highWaterMark: chunkBytes }), gunzip, () => {});
  return gunzip;
}
