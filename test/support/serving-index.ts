import type { IndexDescription } from "mongodb";

/** The parts of a query that an index serves. */
export interface Query {
  filter: Record<string, unknown>;
  /** @default none */
  sort?: Record<string, 1 | -1> | undefined;
}

type Keys = [field: string, direction: unknown][];

/** Of every collection. */
const primary: IndexDescription = { key: { _id: 1 }, unique: true };

/**
 * Whether an index of a collection leads a query to nothing but what it looks for, in order. By the ESR rule first come the
 * fields that are compared for equality, then those that are sorted by, then those of a range:
 * https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline/
 * Behind a unique index there is at most one document, which may be compared further.
 */
export function isServed(query: Query, declared: readonly IndexDescription[]): boolean {
  return [primary, ...declared].some((index) => serves(index, query));
}

function serves(index: IndexDescription, { filter, sort = {} }: Query): boolean {
  const { equal, ranged, checked } = classifyFields(filter);
  const keys = Object.entries(index.key) as Keys;
  if (!holdsAll(index, [...equal, ...ranged])) return false;
  const firstOther = keys.findIndex(([field]) => !equal.has(field));
  const leading = new Set(keys.slice(0, firstOther < 0 ? undefined : firstOther).map(([field]) => field));
  if (index.unique && leading.size === keys.length) return true;

  const rest = keys.slice(leading.size);
  const order = Object.entries(sort).filter(([field]) => !equal.has(field)) as Keys;
  const inOrder = rest.slice(0, order.length);
  // Read from the other end, an index serves the opposite order.
  const isSorted =
    order.every(([field], place) => inOrder[place]?.[0] === field) &&
    new Set(order.map(([, direction], place) => direction === inOrder[place]?.[1])).size <= 1;
  const reachable = [...inOrder, ...rest.slice(order.length, order.length + 1)].map(([field]) => field);
  return (
    checked.size === 0 &&
    leading.size + order.length + ranged.size > 0 &&
    isSorted &&
    [...equal].every((field) => leading.has(field)) &&
    [...ranged].every((field) => reachable.includes(field))
  );
}

/** A sparse or partial index has only the documents that have the fields which it names. */
function holdsAll({ sparse, key, partialFilterExpression }: IndexDescription, asked: string[]): boolean {
  const needed = [...(sparse ? Object.keys(key) : []), ...Object.keys(partialFilterExpression ?? {})];
  return needed.every((field) => asked.includes(field));
}

/** Fields by how an index finds their values: at one place, between two, or not at all, so that each has to be looked at. */
function classifyFields(filter: Record<string, unknown>) {
  const [equal, ranged, checked] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const [field, condition] of Object.entries(filter)) {
    if (field === "$or" || field === "$and") {
      for (const branch of condition as Record<string, unknown>[]) {
        for (const [inner, one] of Object.entries(branch)) (uses(one, ranges) ? ranged : checked).add(inner);
      }
    } else (uses(condition, equality) ? equal : uses(condition, ranges) ? ranged : checked).add(field);
  }
  for (const field of equal) ranged.delete(field);
  return { equal, ranged, checked };
}

const equality = ["$eq", "$in"];
const ranges = [...equality, "$gt", "$gte", "$lt", "$lte"];

/** Whether a condition is a value, or made of these operators alone. */
function uses(condition: unknown, operators: readonly string[]): boolean {
  const isOperators = condition !== null && Object.getPrototypeOf(condition) === Object.prototype;
  return !isOperators || Object.keys(condition as object).every((name) => operators.includes(name));
}
