import { UnavailableError } from "../../service/platform/deadline.ts";

/**
 * A dependency that works until a test takes it down, as a server that goes away and comes back.
 * @param method the one that fails; @default all
 */
export function createFailingDependency<T extends object>(dependency: T, method?: keyof T) {
  const state = { down: false };
  const proxy = new Proxy(dependency, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (state.down && (method ?? name) === name)
          throw new UnavailableError("redis://secret-host:6379 refused the connection");
        return value.apply(target, args);
      };
    },
  });
  return { proxy, state };
}
