import type { Db } from "mongodb";
import { interceptedDatabase } from "./intercepted-database.ts";
import { unreachable } from "./real-errors.ts";

/**
 * A dependency that works until a test takes it down, as a server that goes away and comes back. Its methods return promises.
 * @param createError makes the error that its library gives: see `real-errors.ts`
 * @param method the one that fails; @default all
 */
export function createFailingDependency<T extends object>(
  dependency: T,
  createError: () => Promise<Error>,
  method?: keyof T,
) {
  const state = { down: false };
  const fail = async () => {
    throw await createError();
  };
  const proxy = new Proxy(dependency, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => (state.down && (method ?? name) === name ? fail() : value.apply(target, args));
    },
  });
  return { proxy, state };
}

/**
 * The same for a database: not `collection` fails, but what is then called.
 * @param operation the one that fails, as `collection.operation`; @default all
 */
export function createFailingDatabase(database: Db, operation?: string) {
  const state = { down: false };
  const proxy = interceptedDatabase(database, async (name) => {
    if (state.down && (operation ?? name) === name) throw await unreachable.mongodb();
  });
  return { proxy, state };
}
