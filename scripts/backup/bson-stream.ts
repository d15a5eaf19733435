import { BsonError } from "./bson-elements.ts";

/**
 * The largest document that MongoDB stores, and what it allows itself on top: 16 MiB and 16 KiB (BSONObjMaxInternalSize in
 * the server's source).
 */
const largestDocument = 16 * 1024 * 1024 + 16 * 1024;

const smallestDocument = 5;

/** Documents that follow each other. An object for each would fill the heap. */
export interface DocumentRun {
  readonly bytes: Buffer;
  readonly documents: number;
}

/**
 * Cuts a stream of bytes into the documents that follow each other in it, without looking into them.
 *
 * @returns the documents of one piece of the stream at a time, as a view on it
 * @throws {BsonError} if a length cannot be, or the stream ends within a document
 */
export async function* documentsIn(pieces: AsyncIterable<Buffer>): AsyncGenerator<DocumentRun> {
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
      const length = documentLength(bytes, position);
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

function documentLength(bytes: Buffer, position: number): number {
  const length = bytes.readInt32LE(position);
  if (length < smallestDocument || length > largestDocument) {
    throw new BsonError(`a document's length is ${length}, which none can have`);
  }
  return length;
}
