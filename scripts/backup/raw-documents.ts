import { setTimeout as delay } from "node:timers/promises";
import { type ClientSession, type Db, MongoNetworkError, MongoServerError, MongoServerSelectionError } from "mongodb";
import { makeDocumentSequence } from "mongodb/lib/cmap/commands.js";
import { OperatorError } from "../cli/errors.ts";
import { minDocumentBytes, readElements } from "./bson-elements.ts";
import { parseOrdered } from "./ordered-bson.ts";

/** Approximate bytes of a response. By default, a server sends 16 MiB, which needs too much memory. */
const responseBytes = 1024 * 1024;

/** The first response shows how large documents are. */
const firstBatchSize = 100;

/**
 * A response above this size, which only large documents cause, is processed before the next one is requested. That bounds memory.
 */
const mostBytesAhead = 2 * responseBytes;

/**
 * All documents of a collection as the server sends them, one response at a time. Iterate each response before you request the next.
 * The server works on the next response while the caller processes one.
 *
 * The cursor of the driver creates several objects for each document, even with `raw`, and keeps them as long as the response,
 * which needs too much memory. So this sends the same commands as the driver, in one session, and splits the responses itself.
 *
 * @param options further fields of the command `find`
 */
export async function* findRaw(
  database: Db,
  collection: string,
  options: object = {},
): AsyncGenerator<Iterable<Buffer>> {
  const session = database.client.startSession({ causalConsistency: false });
  let cursor: bigint | undefined;
  let [documents, bytes] = [0, 0];
  let next: ReturnType<typeof fetchBatch> | undefined;
  const fetchNext = () => {
    const batchSize = Math.max(1, Math.floor((responseBytes * documents) / bytes));
    next = fetchBatch(database, { getMore: cursor, collection, batchSize }, session);
    // Its failure is that of the next iteration, which may not take place.
    next.catch(() => {});
  };
  try {
    next = fetchBatch(database, { find: collection, batchSize: firstBatchSize, ...options }, session);
    while (next) {
      const response = await next;
      next = undefined;
      cursor = response.cursor;
      for (const _ of splitArray(response.batch)) documents += 1;
      bytes += response.batch.length;
      const isAhead = response.batch.length <= mostBytesAhead;
      if (cursor && isAhead) fetchNext();
      yield splitArray(response.batch);
      if (cursor && !isAhead) fetchNext();
    }
  } finally {
    // A session runs one command at a time. The connection may be gone.
    await next?.catch(() => {});
    if (cursor) await database.command({ killCursors: collection, cursors: [cursor] }).catch(() => {});
    await session.endSession();
  }
}

/** Waits before another attempt to resume. They outlast the election of a primary. */
const resumeDelaysMs = [0, 1_000, 5_000, 10_000, 20_000];

/**
 * Errors after which a read can be repeated: CursorNotFound, and those of
 * https://github.com/mongodb/specifications/blob/master/source/retryable-reads/retryable-reads.md
 */
const resumableCodes = new Set([43, 6, 7, 89, 91, 134, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436]);

const isResumable = (error: unknown): boolean =>
  error instanceof MongoNetworkError ||
  error instanceof MongoServerSelectionError ||
  (error instanceof MongoServerError && resumableCodes.has(Number(error.code)));

/**
 * Like {@link findRaw}, in the order of `_id`. After a lost cursor or connection it continues after the last document, so that no
 * document comes twice. It may miss documents that other clients insert meanwhile. The collection must have the index of `_id`.
 *
 * @param signal ends the wait for another attempt
 */
export async function* findResumable(
  database: Db,
  collection: string,
  signal?: AbortSignal,
): AsyncGenerator<Iterable<Buffer>> {
  let last: Buffer | undefined;
  let failures = 0;
  for (;;) {
    // Unlike the operator of queries, that of `$expr` compares values of all types, as the index does:
    // https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
    const filter = last && { $expr: { $gt: ["$_id", { $literal: parseOrdered(last).get("_id") }] } };
    try {
      const options = { sort: { _id: 1 }, hint: { _id: 1 }, ...(filter && { filter }) };
      for await (const documents of findRaw(database, collection, options)) {
        failures = 0;
        let newest: Buffer | undefined;
        yield (function* () {
          for (newest of documents) yield newest;
        })();
        if (newest) last = copyId(newest);
      }
      return;
    } catch (error) {
      const waitMs = resumeDelaysMs[failures++];
      if (waitMs === undefined || !isResumable(error)) throw error;
      await delay(waitMs, undefined, signal && { signal });
    }
  }
}

/** A document of the `_id` of another one. A view, or all of the other one, could keep megabytes in memory. */
function copyId(document: Buffer): Buffer {
  for (const { key, start, end } of readElements(document)) {
    if (key !== "_id") continue;
    // Before the value are a byte of its type, the key and a zero.
    const element = document.subarray(start - "\0_id\0".length, end);
    const copy = Buffer.alloc(minDocumentBytes + element.length);
    copy.writeInt32LE(copy.length);
    element.copy(copy, 4);
    return copy;
  }
  throw new Error("a document has no _id");
}

/** The documents of an array in BSON, one at a time: garbage collection of short-lived objects is cheap. */
function* splitArray(array: Buffer): Generator<Buffer> {
  for (let position = 4; position < array.length - 1; ) {
    const start = array.indexOf(0, position) + 1;
    position = start + array.readInt32LE(start);
    yield array.subarray(start, position);
  }
}

/** @returns the id of the cursor, or 0 at the end, and an array in BSON */
async function fetchBatch(
  database: Db,
  command: object,
  session: ClientSession,
): Promise<{ cursor: bigint; batch: Buffer }> {
  const response = await database.command(command, { session, raw: true });
  const fields = Buffer.from(response.cursor.buffer, response.cursor.byteOffset, response.cursor.byteLength);
  const field = new Map(Array.from(readElements(fields), ({ key, start, end }) => [key, fields.subarray(start, end)]));
  return { cursor: field.get("id")!.readBigInt64LE(), batch: (field.get("firstBatch") ?? field.get("nextBatch"))! };
}

/** DuplicateKey. */
const duplicateKeyCode = 11_000;

export interface InsertRawOptions {
  /**
   * Skips documents whose `_id` exists.
   * @default false
   */
  readonly keepExisting?: boolean;
  /**
   * Set it if the collection has a validator: older documents can violate it. The role `readWrite` does not allow it, and the
   * server checks that even without a validator.
   * @default false
   */
  readonly bypassValidation?: boolean;
}

/**
 * Inserts consecutive documents byte for byte. The driver's `insertMany` takes objects, which lose the order of keys such as "1",
 * duplicate keys and deprecated types; internally, it sends the same kind of sequence.
 *
 * @throws {OperatorError} if the server rejects one
 */
export async function insertRaw(
  database: Db,
  collection: string,
  documents: Buffer,
  { keepExisting = false, bypassValidation = false }: InsertRawOptions = {},
): Promise<void> {
  if (documents.length === 0) return;
  const response = await database.command({
    insert: collection,
    documents: makeDocumentSequence("documents", [documents], [documents]),
    ordered: !keepExisting,
    ...(bypassValidation && { bypassDocumentValidation: true }),
    writeConcern: { w: "majority" },
  });
  const errors = ((response.writeErrors ?? []) as { code: number; errmsg: string }[]).filter(
    ({ code }) => !(keepExisting && code === duplicateKeyCode),
  );
  if (errors[0]) {
    throw new OperatorError("document-rejected", {
      what: `The database rejected a document of ${collection}.`,
      why: `${errors[0].errmsg}.`,
      action: "Restore into a server of the same or a newer version, with no other client that writes to it.",
    });
  }
}
