import { once } from "node:events";
import type { Socket } from "node:net";
import { expect } from "chai";
import type { Collection, Db } from "mongodb";
import { DeadlineError, RequestDeadline, runUntil } from "../../../service/platform/deadline.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { type Intercept, WireDatabase } from "../../support/wire-database.ts";

type Operation = (collection: Collection) => Promise<unknown>;

const operations: Record<string, Operation> = {
  find: (collection) => collection.find({}).toArray(),
  findOne: (collection) => collection.findOne({}),
  insertOne: (collection) => collection.insertOne({}),
  updateOne: (collection) => collection.updateOne({}, { $set: { a: 1 } }),
  replaceOne: (collection) => collection.replaceOne({}, { a: 1 }),
  findOneAndUpdate: (collection) => collection.findOneAndUpdate({}, { $set: { a: 1 } }),
  bulkWrite: (collection) =>
    collection.bulkWrite([{ updateOne: { filter: {}, update: { $set: { a: 1 } }, upsert: true } }], { ordered: false }),
  deleteOne: (collection) => collection.deleteOne({}),
  deleteMany: (collection) => collection.deleteMany({}),
};

const isOperation = (name: string) => ["find", "insert", "update", "findAndModify", "delete"].includes(name);

describe("At the deadline of a request", () => {
  const server = new WireDatabase();
  let database: Db;
  /** That of the current round. */
  let collection: Collection;
  /** Gets the connection of each operation. */
  let onOperation: (connection: Socket) => ReturnType<Intercept>;

  before(async () => {
    server.isReplicaSet = true;
    server.intercept = (name, command, connection) => {
      if (!isOperation(name)) return undefined;
      // What arrives late, of an earlier round, gets no reply.
      return command[name] === collection.collectionName ? onOperation(connection as Socket) : new Promise(() => {});
    };
    await server.start();
    database = await connectMongo(server.uri);
  });
  after(async () => {
    await database.client.close();
    await server.stop();
  });

  const runInRequest = <T>(milliseconds: number, work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const deadline = new RequestDeadline(milliseconds, () => {});
      runUntil(deadline, () =>
        work()
          .finally(() => deadline.end())
          .then(resolve, reject),
      );
    });

  /** Runs operations as steps of a request, until its deadline passes after the server has got one: a busy machine may need longer. */
  async function runPastDeadline<T>(hasArrived: () => boolean, work: () => Promise<T>): Promise<T> {
    for (let milliseconds = 100; ; milliseconds *= 2) {
      collection = database.collection(`numbers-${milliseconds}`);
      const outcome = await runInRequest(milliseconds, work);
      if (hasArrived()) return outcome;
    }
  }

  for (const [name, run] of Object.entries(operations)) {
    it(`an operation that waits for its reply is aborted, and not repeated: ${name}`, async () => {
      const connections: Socket[] = [];
      onOperation = (connection) => {
        connections.push(connection);
        return new Promise(() => {});
      };
      const error = await runPastDeadline(
        () => connections.length > 0,
        () => run(collection).catch((error) => error),
      );
      expect(error).to.be.instanceOf(DeadlineError).and.include({ dependency: "database" });
      const [connection] = connections as [Socket];
      if (!connection.closed) await once(connection, "close");
      // Another operation gets its own reply, on another connection.
      onOperation = (next) => {
        connections.push(next);
        return {
          ok: 1,
          n: 0,
          cursor: { id: 0n, ns: `ecobeat.${collection.collectionName}`, firstBatch: [{ _id: 1 }] },
        };
      };
      expect(await collection.findOne({})).to.deep.equal({ _id: 1 });
      expect(connections).to.have.length(2);
      expect(connections[1]).not.to.equal(connection);
    });

    it(`no operation begins after it: ${name}`, async () => {
      let count = 0;
      onOperation = () => {
        count += 1;
        return new Promise(() => {});
      };
      const errors = await runPastDeadline(
        () => count > 0,
        async () => {
          const first = await collection.findOne({}).catch((error) => error);
          const second = await run(collection).catch((error) => error);
          return [first, second];
        },
      );
      for (const error of errors) expect(error).to.be.instanceOf(DeadlineError);
      expect(count).to.equal(1);
    });
  }
});
