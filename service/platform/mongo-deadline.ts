import { AbstractCursor, type Collection, type Db } from "mongodb";
import { dependencyNames } from "../contract.ts";
import { currentDeadline, untilDeadline } from "./deadline.ts";

/**
 * Where an operation has its options. The driver's types show `signal` only for reads; in 7.9, each operation passes it to the selection
 * of a server, the wait for a connection, and the connection (`executeOperation`, `Server.command`, `Connection.sendWire`). An operation
 * that is aborted while it waits for its reply closes its connection, as a lost connection does: no later operation reads its reply.
 */
const optionsAt = {
  find: 1,
  findOne: 1,
  insertOne: 1,
  updateOne: 2,
  replaceOne: 2,
  findOneAndUpdate: 2,
  bulkWrite: 1,
  deleteOne: 1,
  deleteMany: 1,
} as const satisfies { [Method in keyof Collection]?: number };

/**
 * A database whose operations end at the deadline of the request that began them, with all retries of the driver. Other operations than
 * those above are abandoned at the deadline, but not aborted.
 */
export function withRequestDeadline(database: Db): Db {
  return wrapMethods(database, (method, call, parameters) =>
    method === "collection" ? wrapMethods(call(parameters) as Collection, runUntilDeadline) : call(parameters),
  );
}

type Call = (parameters: unknown[]) => unknown;

function runUntilDeadline(method: string, call: Call, parameters: unknown[]): unknown {
  const deadline = currentDeadline();
  if (!deadline) return call(parameters);
  const at = optionsAt[method as keyof typeof optionsAt];
  const all = [...parameters];
  if (at !== undefined) all[at] = { ...(all[at] as object | undefined), signal: deadline.signal };
  if (method === "find") return limitCursor(call(all) as AbstractCursor);
  return wait(() => call(all) as Promise<unknown>);
}

/** The service reads results only with this method. Others are aborted by the signal. */
function limitCursor(cursor: AbstractCursor): AbstractCursor {
  cursor.toArray = () => wait(() => AbstractCursor.prototype.toArray.call(cursor));
  return cursor;
}

const wait = <T>(work: () => Promise<T>) => untilDeadline("MongoDB", work, dependencyNames.database);

/** An object whose methods `run` calls. */
function wrapMethods<T extends object>(
  target: T,
  run: (name: string, call: Call, parameters: unknown[]) => unknown,
): T {
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => run(String(name), (all) => value.apply(target, all), parameters);
    },
  });
}
