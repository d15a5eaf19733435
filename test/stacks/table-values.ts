import type { Environment } from "../../stacks/environments.ts";

/** Values of several parts that an environment may have or lack. */
const wholes = ["nat", "provisionedConcurrency"];

/** Values that staging lacks and could have: what they change is seen on staging. */
export const triedOnStaging = ["backup.copyRegion", "functions.provisionedConcurrency"];

/** Values that say which environment it is, and where. */
export const identity = ["name", "accountId", "region"];

/** The paths of all values, down to those that are no objects. */
export function paths(value: object, prefix = ""): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "object" && !Array.isArray(inner)
      ? [...(wholes.includes(key) ? [`${prefix}${key}`] : []), ...paths(inner, `${prefix}${key}.`)]
      : [`${prefix}${key}`],
  );
}

/** A copy with another value at a path. */
export function withValue(environment: Environment, path: string, value: unknown): Environment {
  const copy = structuredClone(environment);
  const keys = path.split(".");
  const last = keys.pop()!;
  // biome-ignore lint/suspicious/noExplicitAny: walks by names that only the test knows
  const parent = keys.reduce((object: any, key) => object[key], copy);
  parent[last] = value;
  return copy;
}
