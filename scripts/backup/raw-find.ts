import type { ClientSession, Db } from "mongodb";
import { elements } from "./bson-elements.ts";

/** Bytes of one answer, as far as documents are alike. By itself a server sends 16 MiB, which is more than there is memory for. */
const answerBytes = 1024 * 1024;

/** The first answer is to show how large documents are. */
const firstDocuments = 100;

/**
 * All documents of a collection as the server sends them, one answer at a time, each of them to be gone through once.
 *
 * The driver's own cursor makes several objects of each document, also of one that it gives out raw, and keeps them while the
 * answer lasts: too much memory. So this asks as the driver does, in one session, and cuts the answers up itself.
 *
 * @param options further fields of the command
 */
export async function* rawFind(
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
    let command: object = { find: collection, batchSize: firstDocuments, ...options };
    while (cursor !== 0n) {
      const answer = await ask(database, command, session);
      cursor = answer.cursor;
      yield cut(answer.batch);
      bytes += answer.batch.length;
      const batchSize = Math.max(1, Math.floor((answerBytes * documents) / bytes));
      command = { getMore: cursor, collection, batchSize };
    }
  } finally {
    // Nobody waits for more, and the connection may be gone.
    if (cursor) await database.command({ killCursors: collection, cursors: [cursor] }).catch(() => {});
    await session.endSession();
  }
}

/** @returns the cursor to go on with, or 0 at the end, and an array in BSON */
async function ask(
  database: Db,
  command: object,
  session: ClientSession,
): Promise<{ cursor: bigint; batch: Buffer }> {
  const answer = await database.command(command, { session, raw: true });
  const fields = Buffer.from(answer.cursor.buffer, answer.cursor.byteOffset, answer.cursor.byteLength);
  const field = new Map(
    Array.from(elements(fields), ({ key, start, end }) => [key, fields.subarray(start, end)]),
  );
  return {
    cursor: field.get("id")!.readBigInt64LE(),
    batch: (field.get("firstBatch") ?? field.get("nextBatch"))!,
  };
}
