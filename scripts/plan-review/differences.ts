/** The attributes of a resource before and after a change. */
export interface AttributeChange {
  /** Attributes before; empty for a resource that is created. */
  readonly before: Readonly<Record<string, unknown>>;
  /** Attributes after the change, as far as they are known. */
  readonly after: Readonly<Record<string, unknown>>;
  /** `true` instead of each value that is known only after the apply. */
  readonly unknown: unknown;
  /** `true` instead of each value that must not be shown. */
  readonly sensitive: readonly [before: unknown, after: unknown];
}

/** An attribute that a change touches. */
export interface Difference {
  /** Names and positions with dots between them, such as `rule.0.action`; ends where something sensitive begins. */
  readonly path: string;
  /** The attribute's own name. */
  readonly name: string;
  /** Undefined if there was none. */
  readonly before: unknown;
  /** Undefined if there will be none, or if it is not known yet. */
  readonly after: unknown;
  /** Whether it is known only after the apply. */
  readonly unknown: boolean;
  /** Whether its values must not be shown. */
  readonly sensitive: boolean;
}

/** All attributes that differ, down to those that hold no others. */
export const computeDifferences = (change: AttributeChange): Difference[] => compare(change, []);

/** Whether an attribute at the top is not known before the apply. */
export const isUnknown = ({ unknown }: AttributeChange, attribute: string): boolean =>
  getProperty(unknown, attribute) === true;

/** Whether an attribute at the top, or part of it, must not be shown. */
export const isSensitive = ({ sensitive }: AttributeChange, attribute: string): boolean =>
  sensitive.some((marks) => marks === true || hasMark(getProperty(marks, attribute)));

const hasMark = (marks: unknown): boolean =>
  marks === true || (typeof marks === "object" && marks !== null && Object.values(marks).some(hasMark));

/** A value within the attributes, before and after a change. */
type ValueChange = {
  readonly [Key in keyof AttributeChange]: Key extends "sensitive" ? AttributeChange[Key] : unknown;
};

/** @param outer length of the path down to the attribute that is sensitive as a whole */
function compare(change: ValueChange, path: readonly string[], outer?: number): Difference[] {
  const { before, after, unknown, sensitive } = change;
  const secretFrom = outer ?? (sensitive.includes(true) ? path.length : undefined);
  const isUnknown = unknown === true;
  const keys = isUnknown ? [] : getKeys(before, after, unknown);
  if (keys.length > 0) {
    return keys.flatMap((key) => compare(getNested(change, key), [...path, key], secretFrom));
  }
  if (!isUnknown && isEqual(before, after)) return [];
  return [
    {
      path: path.slice(0, secretFrom).join("."),
      name: path.findLast((key) => !/^\d+$/.test(key)) ?? "",
      before: before ?? undefined,
      after: isUnknown ? undefined : (after ?? undefined),
      unknown: isUnknown,
      sensitive: secretFrom !== undefined,
    },
  ];
}

const getNested = ({ before, after, unknown, sensitive }: ValueChange, key: string): ValueChange => ({
  before: getProperty(before, key),
  after: getProperty(after, key),
  unknown: getProperty(unknown, key),
  sensitive: [getProperty(sensitive[0], key), getProperty(sensitive[1], key)],
});

/** The keys of all sides. A list of plain values counts as one value: its positions say nothing. */
function getKeys(...sides: readonly unknown[]): string[] {
  const composed = sides.filter((side) => typeof side === "object" && side !== null);
  const isPlainList = composed.every(
    (side) => Array.isArray(side) && !side.some((item) => typeof item === "object" && item !== null),
  );
  return isPlainList ? [] : [...new Set(composed.flatMap((side) => Object.keys(side)))];
}

const getProperty = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;

/** Terraform writes an absent attribute as null, as an empty list or not at all. */
const isEqual = (before: unknown, after: unknown): boolean =>
  JSON.stringify(before ?? null) === JSON.stringify(after ?? null) || (isEmpty(before) && isEmpty(after));

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);
