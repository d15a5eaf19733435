/** A value of a stack's `cdk.tf.json`. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** An object of a stack's `cdk.tf.json`, or the whole of it. */
export type JsonObject = { [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object at a path of keys, or an empty one: reading below an absent part finds nothing. */
export function objectAt(configuration: JsonObject, ...keys: string[]): JsonObject {
  let found: JsonObject = configuration;
  for (const key of keys) {
    const next = found[key];
    if (!isObject(next)) return {};
    found = next;
  }
  return found;
}

/** A copy in which every string has gone through `change`. */
export function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}
