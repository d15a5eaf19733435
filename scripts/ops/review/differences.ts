import type { ResourceChange } from "./plan.ts";

/** An attribute that a change touches. */
export interface Difference {
  /** Names and positions with dots between them, such as `rule.0.action`. */
  readonly path: string;
  /** The last name of the path. */
  readonly name: string;
  /** Undefined where there was none. */
  readonly before: unknown;
  /** Undefined where there will be none, or where it is not known yet. */
  readonly after: unknown;
  /** Whether only the apply will tell it. */
  readonly unknown: boolean;
  /** Whether its values must not be shown. */
  readonly sensitive: boolean;
}

/** All attributes that differ, down to those that hold no others. */
export function differencesOf({ before, after, unknown, sensitive }: ResourceChange): Difference[] {
  const found: Difference[] = [];
  compare([], before, after, unknown, sensitive, found);
  return found;
}

/** Whether an attribute at the top is not known before the apply. */
export const isUnknown = ({ unknown }: ResourceChange, attribute: string): boolean =>
  part(unknown, attribute) === true;

function compare(
  path: readonly string[],
  before: unknown,
  after: unknown,
  unknown: unknown,
  [secretBefore, secretAfter]: readonly [unknown, unknown],
  found: Difference[],
): void {
  const isSecret = secretBefore === true || secretAfter === true;
  const keys = isSecret || unknown === true ? [] : keysOf(before, after, unknown);
  for (const key of keys) {
    const marks = [part(secretBefore, key), part(secretAfter, key)] as const;
    compare([...path, key], part(before, key), part(after, key), part(unknown, key), marks, found);
  }
  if (keys.length > 0) return;
  if (unknown !== true && isSame(before, after)) return;
  found.push({
    path: path.join("."),
    name: path.findLast((key) => !/^\d+$/.test(key)) ?? "",
    before: before ?? undefined,
    after: unknown === true ? undefined : (after ?? undefined),
    unknown: unknown === true,
    sensitive: isSecret,
  });
}

/** What both sides are made of. A list of plain values is one value: its positions say nothing. */
function keysOf(...sides: readonly unknown[]): string[] {
  const composed = sides.filter((side) => typeof side === "object" && side !== null);
  const isPlainList = composed.every(
    (side) => Array.isArray(side) && !side.some((item) => typeof item === "object" && item !== null),
  );
  return isPlainList ? [] : [...new Set(composed.flatMap((side) => Object.keys(side)))];
}

const part = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;

/** Terraform tells an absent attribute as null, an empty list or nothing at all. */
const isSame = (before: unknown, after: unknown): boolean =>
  JSON.stringify(before ?? null) === JSON.stringify(after ?? null) || (isEmpty(before) && isEmpty(after));

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);
