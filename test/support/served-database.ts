import { BSON, type Db } from "mongodb";
import type { Intercept, Reply } from "./wire-database.ts";

type Document = BSON.Document;

/**
 * Serves an embedded database through {@link WireDatabase}: the service then uses the real driver, and its real errors. It knows the
 * commands that the service's repositories send. Like a replica set, it runs a retried write once, and repeats the reply.
 */
export function serveDatabase(database: Db): Intercept {
  const replies = new Map<string, Promise<Reply | undefined>>();
  return (name, command, _connection, sequence) => {
    if (!(name in handlers)) return undefined;
    const run = async () =>
      handlers[name]!(
        database,
        command,
        sequence.map((each) => BSON.deserialize(each)),
      );
    if (command.txnNumber === undefined) return run();
    const transaction = `${command.lsid.id.toString("hex")} ${command.txnNumber}`;
    const reply = replies.get(transaction) ?? run();
    replies.set(transaction, reply);
    return reply;
  };
}

type Handler = (database: Db, command: Document, sequence: Document[]) => Promise<Document>;

const handlers: Record<string, Handler> = {
  async find(database, { find, filter, projection, sort, limit }) {
    const cursor = database.collection(find).find(filter, { projection });
    if (sort) cursor.sort(sort);
    if (limit) cursor.limit(limit);
    return { ok: 1, cursor: { id: 0n, ns: `ecobeat.${find}`, firstBatch: await cursor.toArray() } };
  },

  async findAndModify(database, { findAndModify, query, update, new: isNew }) {
    const options = { returnDocument: isNew ? "after" : "before" } as const;
    const value = await database.collection(findAndModify).findOneAndUpdate(query, update, options);
    return { ok: 1, value, lastErrorObject: { n: value ? 1 : 0, updatedExisting: value !== null } };
  },

  insert: (database, { insert, documents = [], ordered }, sequence) =>
    runAll([...documents, ...sequence], ordered, async (each) => {
      await database.collection(insert).insertOne(each);
      return { n: 1 };
    }),

  update: (database, { update, updates = [], ordered }, sequence) =>
    runAll([...updates, ...sequence], ordered, async ({ q, u, upsert = false }) => {
      const collection = database.collection(update);
      const isReplacement = !Object.keys(u).some((key) => key.startsWith("$"));
      const { matchedCount, modifiedCount, upsertedId } = isReplacement
        ? await collection.replaceOne(q, u, { upsert })
        : await collection.updateOne(q, u, { upsert });
      return { n: matchedCount + (upsertedId === null ? 0 : 1), nModified: modifiedCount, upsertedId };
    }),

  delete: (database, { delete: name, deletes = [], ordered }, sequence) =>
    runAll([...deletes, ...sequence], ordered, async ({ q, limit }) => {
      const collection = database.collection(name);
      const { deletedCount } = limit === 1 ? await collection.deleteOne(q) : await collection.deleteMany(q);
      return { n: deletedCount };
    }),
};

/** What the statements of one command did together. */
async function runAll(
  statements: Document[],
  isOrdered: boolean,
  run: (statement: Document) => Promise<{ n: number; nModified?: number; upsertedId?: unknown }>,
): Promise<Document> {
  const total = { ok: 1, n: 0, nModified: 0, upserted: [] as Document[], writeErrors: [] as Document[] };
  for (const [index, statement] of statements.entries()) {
    try {
      const { n, nModified = 0, upsertedId = null } = await run(statement);
      total.n += n;
      total.nModified += nModified;
      if (upsertedId !== null) total.upserted.push({ index, _id: upsertedId });
    } catch (error) {
      const { code, message } = error as { code?: number; message: string };
      if (code === undefined) throw error;
      total.writeErrors.push({ index, code, errmsg: message });
      if (isOrdered) break;
    }
  }
  const { upserted, writeErrors, ...counts } = total;
  return { ...counts, ...(upserted.length > 0 && { upserted }), ...(writeErrors.length > 0 && { writeErrors }) };
}
