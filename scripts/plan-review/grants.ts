import { parseJson } from "../../service/platform/parse-json.ts";
import { isObject } from "./differences.ts";

/** One action on one resource that a policy document allows or denies. */
export interface Grant {
  readonly effect: unknown;
  /** Such as `AWS:arn:...`; empty in the policy of a role, which is about that role. */
  readonly principal: string;
  /** Such as `s3:GetObject`, or `all except` and the excluded actions. */
  readonly action: string;
  readonly resource: string;
  /** Canonical JSON; empty without any. */
  readonly condition: string;
}

type Statement = Readonly<Record<string, unknown>>;

/**
 * The grants of a policy document, one for each action and resource.
 *
 * @returns undefined for what is not a policy document
 */
export function parseGrants(document: string): Grant[] | undefined {
  const statements = [(parseJson(document) as Statement | null | undefined)?.Statement].flat();
  if (!statements.every(isObject)) return undefined;
  return statements.flatMap((statement) => {
    const { Effect: effect, Condition } = statement;
    if (effect !== "Allow" && effect !== "Deny") return [];
    const condition = Condition ? JSON.stringify(Condition, sortKeys) : "";
    return getElementValues(statement, "Principal").flatMap((principal) =>
      getElementValues(statement, "Action").flatMap((action) =>
        getElementValues(statement, "Resource").map((resource) => ({ effect, principal, action, resource, condition })),
      ),
    );
  });
}

/** What is allowed and was not before, and what is no longer denied. */
export function findWidenedGrants(before: readonly Grant[], after: readonly Grant[]) {
  const without = (effect: "Allow" | "Deny", these: readonly Grant[], those: readonly Grant[]) => {
    const others = those.filter((grant) => grant.effect === effect);
    const same = new Set(others.map((grant) => JSON.stringify(grant)));
    const isNew = (grant: Grant) => !same.has(JSON.stringify(grant)) && !others.some((other) => covers(other, grant));
    return these.filter((grant) => grant.effect === effect && isNew(grant));
  };
  return { allowed: without("Allow", after, before), noLongerDenied: without("Deny", before, after) };
}

/** Whether `wide` includes `narrow`. A condition makes a grant narrower. */
const covers = (wide: Grant, narrow: Grant): boolean =>
  (wide.condition === "" || wide.condition === narrow.condition) &&
  matches(wide.principal, narrow.principal) &&
  matches(wide.action.toLowerCase(), narrow.action.toLowerCase()) &&
  matches(wide.resource, narrow.resource);

// What "all except" covers depends on the excluded values: only equality is safe to tell.
const matches = (pattern: string, text: string): boolean =>
  pattern === text ||
  ((pattern.includes("*") || pattern.includes("?")) &&
    !(pattern.startsWith(allExcept) || text.startsWith(allExcept)) &&
    matchesPattern(pattern, text));

/** Whether a text matches a pattern with `*` and `?`, in polynomial time whatever the pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  let [at, position, star, from] = [0, 0, -1, 0];
  while (position < text.length) {
    const expected = pattern[at];
    const character = text[position];
    if (expected === "*") [star, from] = [at++, position];
    // `?` is one character, but an asterisk in the other pattern is any number of them.
    else if (expected === character || (expected === "?" && character !== "*")) {
      at++;
      position++;
    } else if (star >= 0) [at, position] = [star + 1, ++from];
    else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Begins the value of an element such as `NotAction`. */
export const allExcept = "all except ";

/** The values of an element such as `Action`, or of its negation `NotAction`. */
function getElementValues(statement: Statement, element: string): string[] {
  const { [element]: named, [`Not${element}`]: excluded } = statement;
  if (named !== undefined) return toTexts(named);
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
