/** A value before and after a change, the latter as far as it is known. */
export interface ValueChange {
  readonly before: unknown;
  readonly after: unknown;
  /** `true` instead of each value that is known only after the apply. */
  readonly unknown: unknown;
  /** `true` instead of each value that must not be shown, before and after. */
  readonly sensitive: readonly unknown[];
}

/** An attribute that a change touches. A value that does not exist, or is not known yet, is undefined. */
export interface Difference {
  /** Names and positions with dots between them, such as `rule.0.action`; ends where something sensitive begins. */
  readonly path: string;
  /** The attribute's own name. */
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
  /** Whether it is known only after the apply. */
  readonly unknown: boolean;
  /** Whether its values must not be shown. */
  readonly sensitive: boolean;
}

/** Whether an attribute at the top is not known before the apply. */
export const isUnknown = ({ unknown }: ValueChange, attribute: string): boolean =>
  getProperty(unknown, attribute) === true;

/** Whether an attribute at the top, or part of it, must not be shown. */
export const isSensitive = ({ sensitive }: ValueChange, attribute: string): boolean =>
  sensitive.some((marks) => marks === true || hasMark(getProperty(marks, attribute)));

const hasMark = (marks: unknown): boolean => marks === true || (isObject(marks) && Object.values(marks).some(hasMark));

/** All texts and numbers that must not be shown, before and after. */
export const findSecrets = ({ before, after, sensitive }: ValueChange): string[] => [
  ...new Set([before, after].flatMap((side) => sensitive.flatMap((marks) => findMarked(side, marks)))),
];

function findMarked(value: unknown, marks: unknown): string[] {
  if (isObject(value) && (marks === true || isObject(marks))) {
    return Object.keys(marks === true ? value : marks).flatMap((key) =>
      findMarked(getProperty(value, key), marks === true || getProperty(marks, key)),
    );
  }
  return marks === true && /^(string|number)$/.test(typeof value) && value !== "" ? [String(value)] : [];
}

/**
 * All attributes that differ, down to those that hold no others.
 * @param outer length of the path down to the attribute that is sensitive as a whole
 */
export function computeDifferences(change: ValueChange, path: readonly string[] = [], outer?: number): Difference[] {
  const sides = [change.before, change.after, change.unknown];
  const secretFrom = outer ?? (change.sensitive.includes(true) ? path.length : undefined);
  const unknown = change.unknown === true;
  const keys = unknown ? [] : getKeys(sides.filter(isObject));
  if (keys.length > 0) {
    return keys.flatMap((key) => {
      const [before, after, mark] = sides.map((side) => getProperty(side, key));
      const sensitive = change.sensitive.map((side) => getProperty(side, key));
      return computeDifferences({ before, after, unknown: mark, sensitive }, [...path, key], secretFrom);
    });
  }
  const [before, after] = [change.before ?? undefined, unknown ? undefined : (change.after ?? undefined)];
  // Terraform writes an absent attribute as null, as an empty text, list or map, or not at all.
  const [old, current] = [before, after].map((value) => (isEmpty(value) ? "" : JSON.stringify(value)));
  if (!unknown && old === current) return [];
  const name = path.findLast((key) => !/^\d+$/.test(key)) ?? "";
  const sensitive = secretFrom !== undefined;
  return [{ path: path.slice(0, secretFrom).join("."), name, before, after, unknown, sensitive }];
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === "" || (isObject(value) && Object.keys(value).length === 0);

/** The keys of all sides. A list of plain values counts as one value: its positions say nothing. */
const getKeys = (sides: readonly object[]): string[] =>
  sides.every((side) => Array.isArray(side) && !side.some(isObject))
    ? []
    : [...new Set(sides.flatMap((side) => Object.keys(side)))];

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** A property, or an item of a list; undefined if there is none. */
export const getProperty = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);
