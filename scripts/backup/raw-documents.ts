import type { ClientSession, Db } from "mongodb";
import { makeDocumentSequence } from "mongodb/lib/cmap/commands.js";
import { readElements } from "./bson-elements.ts";
import { BackupError } from "./errors.ts";

/** Bytes of one answer, as far as documents are alike. By itself a server sends 16 MiB, which is more than there is memory for. */
const responseBytes = 1024 * 1024;

/** The first answer is to show how large documents are. */
const firstBatchSize = 100;

/**
 * All documents of a collection as the server sends them, one answer at a time, each of them to be gone through once.
 *
 * The driver's own cursor makes several objects of each document, also of one that it gives out raw, and keeps them while the
 * answer lasts: too much memory. So this asks as the driver does, in one session, and cuts the answers up itself.
 *
 * @param options further fields of the command
 */
export async function* findRaw(
  database: Db,
  collection: string,
  options: object = {},
): AsyncGenerator<Iterable<Buffer>> {
  const session = database.client.startSession({ causalConsistency: false });
  let cursor: bigint | undefined;
  let [documents, bytes] = [0, 0];
  // One at a time: what lives for a moment only is what the heap gets rid of at no cost.
  const cut = function* (array: Buffer) {
    for (let position = 4; position < array.length - 1; documents += 1) {
      const start = array.indexOf(0, position) + 1;
      position = start + array.readInt32LE(start);
      yield array.subarray(start, position);
    }
  };
  try {
    let command: object = { find: collection, batchSize: firstBatchSize, ...options };
    while (cursor !== 0n) {
      const answer = await fetchBatch(database, command, session);
      cursor = answer.cursor;
      yield cut(answer.batch);
      bytes += answer.batch.length;
      const batchSize = Math.max(1, Math.floor((responseBytes * documents) / bytes));
      command = { getMore: cursor, collection, batchSize };
    }
  } finally {
    // Nothing waits for more, and the connection may be gone.
    if (cursor) await database.command({ killCursors: collection, cursors: [cursor] }).catch(() => {});
    await session.endSession();
  }
}

/** @returns the cursor to go on with, or 0 at the end, and an array in BSON */
async function fetchBatch(
  database: Db,
  command: object,
  session: ClientSession,
): Promise<{ cursor: bigint; batch: Buffer }> {
  const answer = await database.command(command, { session, raw: true });
  const fields = Buffer.from(answer.cursor.buffer, answer.cursor.byteOffset, answer.cursor.byteLength);
  const field = new Map(
    Array.from(readElements(fields), ({ key, start, end }) => [key, fields.subarray(start, end)]),
  );
  return {
    cursor: field.get("id")!.readBigInt64LE(),
    batch: (field.get("firstBatch") ?? field.get("nextBatch"))!,
  };
}

/** DuplicateKey. */
const duplicateKeyCode = 11_000;

export interface InsertRawOptions {
  /**
   * Documents whose `_id` is taken are left out, and that is no error.
   * @default they are refused
   */
  readonly keepExisting?: boolean;
  /**
   * The collection has a validator, which may be younger than documents that it would refuse. To bypass it is a privilege
   * that the role `readWrite` lacks, and the server asks for it even where there is no validator.
   * @default it has none
   */
  readonly bypassValidation?: boolean;
}

/**
 * Inserts documents that follow each other as they are, byte for byte. The driver's `insertMany` takes objects, and those lose the order of keys such
 * as "1", doubled keys and old types; inside, it sends such a sequence itself.
 *
 * @throws {BackupError} if the server refuses one
 */
export async function insertRaw(
  database: Db,
  collection: string,
  documents: Buffer,
  { keepExisting = false, bypassValidation = false }: InsertRawOptions = {},
): Promise<void> {
  if (documents.length === 0) return;
  const answer = await database.command({
    insert: collection,
    documents: makeDocumentSequence("documents", [documents], [documents]),
    ordered: !keepExisting,
    ...(bypassValidation && { bypassDocumentValidation: true }),
    writeConcern: { w: "majority" },
  });
  const errors = ((answer.writeErrors ?? []) as { code: number; errmsg: string }[]).filter(
    ({ code }) => !(keepExisting && code === duplicateKeyCode),
  );
  if (errors[0]) {
    throw new BackupError(
      `The database refused a document of ${collection}: ${errors[0].errmsg}. Restore into a server of the same version or a ` +
        "newer one, and let nobody write to it meanwhile.",
    );
  }
}
