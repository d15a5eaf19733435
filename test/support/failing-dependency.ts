/**
 * A dependency that works until a test takes it down, as a server that goes away and comes back.
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
