import type { Db } from "mongodb";
import type { Query } from "./serving-index.ts";

/** A query as the service sent it. */
export interface RecordedQuery extends Query {
  collection: string;
  method: string;
  /** Where in the service: `service/users/repository.ts findByEmail findOne`. */
  site: string;
}

interface Cursor {
  sort(order: Query["sort"]): Cursor;
}

/** A database that records each query before it runs. */
export function recordQueries(database: Db, record: (query: RecordedQuery) => void): Db {
  const collection = (name: string) =>
    new Proxy(database.collection(name), {
      get(target, method) {
        const value = Reflect.get(target, method, target);
        if (typeof value !== "function") return value;
        return (...parameters: unknown[]) => {
          const result = value.apply(target, parameters);
          const [about] = parameters;
          const site = `${findCaller(new Error().stack!)} ${String(method)}`;
          for (const filter of toFilters(String(method), about)) {
            const sort = getSort(parameters);
            const query: RecordedQuery = { collection: name, method: String(method), site, filter, sort };
            record(query);
            if (method === "find") watchSort(result, query);
          }
          return result;
        };
      },
    });
  return new Proxy(database, {
    get: (target, name) => (name === "collection" ? collection : Reflect.get(target, name, target)),
  });
}

/** The filters of an operation; none of one that only inserts. */
function toFilters(method: string, about: unknown): Record<string, unknown>[] {
  if (/^insert/.test(method)) return [{ _id: "new" }];
  if (/^(find|update|delete|replace|count|distinct)/.test(method)) return [about as Record<string, unknown>];
  if (method === "bulkWrite") {
    return (about as Record<string, { filter: Record<string, unknown> }>[]).map(
      (operation) => Object.values(operation)[0]!.filter,
    );
  }
  throw new Error(`No test knows how ${method} uses an index. Add it here.`);
}

/** The order among an operation's options, which come last. */
const getSort = (parameters: readonly unknown[]): Query["sort"] =>
  parameters.length > 1 ? (parameters.at(-1) as Pick<Query, "sort"> | undefined)?.sort : undefined;

function watchSort(cursor: Cursor, query: RecordedQuery): void {
  const sort = cursor.sort.bind(cursor);
  cursor.sort = (order) => {
    query.sort = order;
    return sort(order);
  };
}

/** The first function of the service. Not by its line: that is not always told of compiled code. */
function findCaller(stack: string): string {
  const frame = /at (?:async )?(?:[\w$]+\.)?(#?[\w$]+) .*\/(service\/[\w/-]+\.ts):/.exec(stack);
  return `${frame?.[2]} ${frame?.[1]}`;
}
