import { UnavailableError } from "../../service/platform/deadline.ts";

/** A dependency that works until it is told to fail, as a server does that goes away and comes back. */
export function createFailingDependency<T extends object>(dependency: T) {
  const state = { down: false };
  const proxy = new Proxy(dependency, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (state.down) throw new UnavailableError("redis://secret-host:6379 refused the connection");
        return value.apply(target, args);
      };
    },
  });
  return { proxy, state };
}
