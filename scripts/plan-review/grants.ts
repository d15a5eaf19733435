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
  return statements.flatMap((statement) => {
    const { Effect: effect, Condition } = statement;
    if (effect !== "Allow" && effect !== "Deny") return [];
    const [principals, actions, resources] = ["Principal", "Action", "Resource"].map((element) =>
      getElementValues(statement, element),
    ) as [string[], string[], string[]];
    if ([principals, actions, resources].some(({ length }) => length === 0)) return [];
    return [
      { effect, principals, actions, resources, condition: Condition ? JSON.stringify(Condition, sortKeys) : "" },
    ];
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
  const without = (effect: Grant["effect"], these: readonly Grant[], those: readonly Grant[]) => {
    const others = new GrantIndex(
      those.filter((grant) => grant.effect === effect),
      budget,
    );
    return these.filter((grant) => grant.effect === effect).flatMap((grant) => others.findUncovered(grant));
  };
  const allowed = without("Allow", after, before);
  const noLongerDenied = without("Deny", before, after);
  return { allowed, noLongerDenied, isTruncated: budget.isSpent };
}

const elements = ["principals", "actions", "resources"] as const;

/** Actions are the same in any case. */
const toKey = (element: (typeof elements)[number], value: string): string =>
  element === "actions" ? value.toLowerCase() : value;

/** The grants of one policy, to find those that cover parts of another grant. */
class GrantIndex {
  readonly #grants: readonly Grant[];
  readonly #budget: ComparisonBudget;
  readonly #same: ReadonlySet<string>;
  /** By element, for all grants. */
  readonly #owners: Readonly<Record<string, PatternIndex>>;
  /** By element, for each grant, from its first use. */
  readonly #values = new Map<number, Readonly<Record<string, PatternIndex>>>();

  constructor(grants: readonly Grant[], budget: ComparisonBudget) {
    this.#grants = grants;
    this.#budget = budget;
    this.#same = new Set(grants.map((grant) => JSON.stringify(grant)));
    this.#owners = this.#toIndexes(grants);
  }

  /** The parts of a grant that no other one includes. */
  findUncovered(grant: Grant): readonly Grant[] {
    if (this.#same.has(JSON.stringify(grant))) return [];
    let parts: readonly Grant[] = [grant];
    for (const other of this.#findCandidates(grant)) {
      if (parts.length === 0 || this.#budget.isSpentBy(1)) break;
      const { condition } = this.#grants[other]!;
      // A condition makes a grant narrower.
      if (condition === "" || condition === grant.condition)
        parts = parts.flatMap((part) => this.#subtract(part, other));
    }
    return parts;
  }

  /** The grants that share a value of that element by which there are the fewest. */
  #findCandidates(grant: Grant): ReadonlySet<number> {
    const found = elements.map((element) =>
      grant[element].flatMap((value) => this.#owners[element]!.find(toKey(element, value))),
    );
    const count = (owners: readonly number[][]) => owners.reduce((sum, { length }) => sum + length, 0);
    const fewest = found.reduce((least, each) => (count(each) < count(least) ? each : least));
    return new Set(fewest.flat());
  }

  /** What remains of a grant without another one: up to three grants that do not overlap. */
  #subtract(grant: Grant, other: number): Grant[] {
    const indexes = this.#values.get(other) ?? this.#toIndexes([this.#grants[other]!]);
    this.#values.set(other, indexes);
    const rest: Grant[] = [];
    let covered = grant;
    for (const element of elements) {
      if (this.#budget.isSpentBy(grant[element].length)) return [grant];
      const isCovered = (value: string) => indexes[element]!.find(toKey(element, value)).length > 0;
      const [inside, outside] = [[] as string[], [] as string[]];
      for (const value of covered[element]) (isCovered(value) ? inside : outside).push(value);
      if (inside.length === 0) return [grant];
      if (outside.length > 0) rest.push({ ...covered, [element]: outside });
      covered = { ...covered, [element]: inside };
    }
    return rest;
  }

  #toIndexes(grants: readonly Grant[]): Readonly<Record<string, PatternIndex>> {
    const indexes = elements.map((element) => {
      const index = new PatternIndex(this.#budget);
      for (const [owner, grant] of grants.entries()) {
        for (const value of grant[element]) index.add(toKey(element, value), owner);
      }
      return [element, index];
    });
    return Object.fromEntries(indexes);
  }
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
