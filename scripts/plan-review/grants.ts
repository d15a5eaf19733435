import { parseJson } from "../../service/platform/parse-json.ts";
import { allExcept, ComparisonBudget, PatternIndex } from "./comparison.ts";
import { isObject } from "./differences.ts";

/** What a statement of a policy allows or denies: each action on each resource to each principal. */
export interface Grant {
  readonly effect: "Allow" | "Deny";
  /** Such as `AWS:arn:...`; one empty text in the policy of a role, which is about that role. */
  readonly principals: readonly string[];
  /** Such as `s3:GetObject`, or `all except` and the excluded actions. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Canonical JSON; empty without any. */
  readonly condition: string;
}

type Statement = Readonly<Record<string, unknown>>;

/**
 * The grants of a policy document, one for each statement.
 *
 * @returns undefined for what is not a policy document
 */
export function parseGrants(document: string): Grant[] | undefined {
  const statements = [(parseJson(document) as Statement | null | undefined)?.Statement].flat();
  if (!statements.every(isObject)) return undefined;
  return statements.flatMap(({ Effect: effect, Condition, ...statement }) => {
    if (effect !== "Allow" && effect !== "Deny") return [];
    const lists = ["Principal", "Action", "Resource"].map((element) => getElementValues(statement, element));
    const [principals, actions, resources] = lists as [string[], string[], string[]];
    const condition = Condition ? JSON.stringify(Condition, sortKeys) : "";
    return lists.some(({ length }) => length === 0) ? [] : [{ effect, principals, actions, resources, condition }];
  });
}

/** What is allowed and was not before, and what is no longer denied. */
export interface WidenedGrants {
  readonly allowed: readonly Grant[];
  readonly noLongerDenied: readonly Grant[];
  /** Whether the comparison ended early, so that some of the grants may not be new. */
  readonly isTruncated: boolean;
}

/** Compares the policies of a resource, in time that grows with their size. */
export function findWidenedGrants(
  before: readonly Grant[],
  after: readonly Grant[],
  budget = new ComparisonBudget(),
): WidenedGrants {
  const of = (effect: Grant["effect"], grants: readonly Grant[]) => grants.filter((grant) => grant.effect === effect);
  const allowed = findUncovered(of("Allow", after), of("Allow", before), budget);
  const noLongerDenied = findUncovered(of("Deny", before), of("Deny", after), budget);
  return { allowed, noLongerDenied, isTruncated: budget.isSpent };
}

const elements = ["principals", "actions", "resources"] as const;

type Indexes = Readonly<Record<(typeof elements)[number], PatternIndex>>;

/** Actions are the same in any case. */
const toKey = (element: (typeof elements)[number], value: string): string =>
  element === "actions" ? value.toLowerCase() : value;

function toIndexes(grants: readonly Grant[], budget: ComparisonBudget): Indexes {
  const indexes = elements.map((element) => [element, new PatternIndex(budget)] as const);
  for (const [element, index] of indexes) {
    for (const [owner, grant] of grants.entries()) {
      for (const value of grant[element]) index.add(toKey(element, value), owner);
    }
  }
  return Object.fromEntries(indexes) as unknown as Indexes;
}

/** The parts of grants that no other one includes. */
function findUncovered(grants: readonly Grant[], others: readonly Grant[], budget: ComparisonBudget): Grant[] {
  const same = new Set(others.map((grant) => JSON.stringify(grant)));
  const all = toIndexes(others, budget);
  /** For each of the others, from its first use. */
  const indexes = new Map<number, Indexes>();
  return grants.flatMap((grant) => {
    if (same.has(JSON.stringify(grant))) return [];
    let parts = [grant];
    for (const other of findCandidates(grant, all)) {
      if (parts.length === 0 || budget.isSpentBy(1)) break;
      const { condition } = others[other]!;
      // A condition makes a grant narrower.
      if (condition !== "" && condition !== grant.condition) continue;
      const own = indexes.get(other) ?? toIndexes([others[other]!], budget);
      indexes.set(other, own);
      parts = parts.flatMap((part) => subtract(part, own, budget));
    }
    return parts;
  });
}

/** The numbers of the grants that share a value of that element by which there are the fewest. */
function findCandidates(grant: Grant, indexes: Indexes): ReadonlySet<number> {
  const found = elements.map((element) =>
    grant[element].flatMap((value) => indexes[element].find(toKey(element, value))),
  );
  const count = (owners: readonly number[][]) => owners.reduce((sum, { length }) => sum + length, 0);
  return new Set(found.reduce((least, each) => (count(each) < count(least) ? each : least)).flat());
}

/** What remains of a grant without another one: up to three grants that do not overlap. */
function subtract(grant: Grant, other: Indexes, budget: ComparisonBudget): Grant[] {
  const rest: Grant[] = [];
  let covered = grant;
  for (const element of elements) {
    if (budget.isSpentBy(grant[element].length)) return [grant];
    const [inside, outside] = [[] as string[], [] as string[]];
    for (const value of covered[element]) {
      (other[element].find(toKey(element, value)).length > 0 ? inside : outside).push(value);
    }
    if (inside.length === 0) return [grant];
    if (outside.length > 0) rest.push({ ...covered, [element]: outside });
    covered = { ...covered, [element]: inside };
  }
  return rest;
}

/** The values of an element such as `Action`, or of its negation `NotAction`. */
function getElementValues(statement: Statement, element: string): string[] {
  const { [element]: named, [`Not${element}`]: excluded } = statement;
  if (named !== undefined) return [...new Set(toTexts(named))];
  return excluded === undefined ? [""] : [allExcept + toTexts(excluded).sort().join(", ")];
}

/** A principal may be `*`, a list, or lists by kind. */
const toTexts = (value: unknown): string[] =>
  isObject(value) && !Array.isArray(value)
    ? Object.entries(value).flatMap(([kind, names]) => toTexts(names).map((name) => `${kind}:${name}`))
    : [value].flat().map(String);

const sortKeys = (_: string, part: unknown) =>
  isObject(part) && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
    : part;
