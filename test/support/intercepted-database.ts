import type { Collection, Db } from "mongodb";
import type { Backends } from "../../service/dependencies.ts";
import { MemorySessionStore } from "../../service/local/memory-session-store.ts";

/** Methods that return promises, not cursors. */
const operations = [
  "findOne",
  "updateOne",
  "replaceOne",
  "findOneAndUpdate",
  "bulkWrite",
  "deleteOne",
  "deleteMany",
  "insertOne",
  "dropIndex",
];

/**
 * A database in which something happens before operations: a test can fail one, or let another request overtake it.
 * @param before gets `collection.operation`; the operation runs after it resolves, and not at all if it rejects
 * @param after gets the same after the operation has succeeded, whose result is lost if it rejects
 */
export function interceptedDatabase(
  database: Db,
  before: (operation: string) => Promise<void>,
  after: (operation: string) => Promise<void> = async () => {},
): Db {
  const around = async (operation: string, call: () => unknown) => {
    await before(operation);
    const result = await call();
    await after(operation);
    return result;
  };
  const collection = (name: string) =>
    intercepted(database.collection(name) as unknown as Collection, (method, call) =>
      operations.includes(method) ? around(`${name}.${method}`, call) : call(),
    );
  return intercepted(database, (method, call, [name]) =>
    method === "collection" ? collection(name as string) : call(),
  );
}

/**
 * Backends of a service on an {@link interceptedDatabase}, whose session store is intercepted, too, when it ends a user's sessions.
 * @param before gets `sessions.revokeAll` for that
 */
export function interceptedBackends(
  database: Db,
  before: (operation: string) => Promise<void>,
): Pick<Backends, "database" | "sessions"> {
  const sessions = new MemorySessionStore();
  const revokeAll = sessions.revokeAll.bind(sessions);
  sessions.revokeAll = async (...args) => {
    await before("sessions.revokeAll");
    return revokeAll(...args);
  };
  return { database: async () => interceptedDatabase(database, before), sessions: async () => sessions };
}

/**
 * A database with one insert at a time. Of concurrent inserts of the same unique key MongoDB accepts one and refuses the others
 * with 11000. DocumentDB 1.0 on PostgreSQL, which tests use in place of MongoDB, ends up to a third of them as deadlocks instead,
 * each a second later.
 */
export function insertingInTurn(database: Db): Db {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (call: () => unknown) => {
    const result = last.then(call);
    last = result.catch(() => {});
    return result;
  };
  return intercepted(database, (method, call, [name]) =>
    method === "collection"
      ? intercepted(database.collection(name as string), (operation, run) =>
          ["insertOne", "bulkWrite"].includes(operation) ? inTurn(run) : run(),
        )
      : call(),
  );
}

/** An object whose methods another function handles. */
export function intercepted<T extends object>(
  part: T,
  handle: (method: string, call: () => unknown, args: unknown[]) => unknown,
): T {
  return new Proxy(part, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => handle(String(name), () => value.apply(target, args), args);
    },
  });
}
