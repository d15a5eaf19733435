/** One action on one resource that a policy document allows or denies. */
export interface Grant {
  readonly effect: "Allow" | "Deny";
  /** Such as `AWS:arn:...`; empty in the policy of a role, which is about that role. */
  readonly principal: string;
  /** Such as `s3:GetObject`, or `all except` and the excluded actions. */
  readonly action: string;
  readonly resource: string;
  /** Canonical JSON; empty without any. */
  readonly condition: string;
}

/**
 * The grants of a policy document, one for each action and resource.
 *
 * @returns undefined for what is not a policy document
 */
export function parseGrants(document: unknown): Grant[] | undefined {
  if (document === undefined || document === null || document === "") return [];
  const statements = parseStatements(document);
  return statements?.flatMap((statement) => {
    if (statement.Effect !== "Allow" && statement.Effect !== "Deny") return [];
    const condition = statement.Condition ? canonical(statement.Condition) : "";
    return getElementValues(statement, "Principal").flatMap((principal) =>
      getElementValues(statement, "Action").flatMap((action) =>
        getElementValues(statement, "Resource").map((resource) => ({
          effect: statement.Effect as Grant["effect"],
          principal,
          action,
          resource,
          condition,
        })),
      ),
    );
  });
}

/** What is allowed and was not before, and what is no longer denied. */
export function findWidenedGrants(before: readonly Grant[], after: readonly Grant[]) {
  const of = (grants: readonly Grant[], effect: Grant["effect"]) => grants.filter((grant) => grant.effect === effect);
  const without = (these: readonly Grant[], those: readonly Grant[]) => {
    const same = new Set(those.map(toKey));
    return these.filter((grant) => !same.has(toKey(grant)) && !those.some((other) => covers(other, grant)));
  };
  return {
    allowed: without(of(after, "Allow"), of(before, "Allow")),
    noLongerDenied: without(of(before, "Deny"), of(after, "Deny")),
  };
}

const toKey = (grant: Grant): string => JSON.stringify(grant);

/** Whether `wide` includes `narrow`. A condition makes a grant narrower. */
function covers(wide: Grant, narrow: Grant): boolean {
  return (
    (wide.condition === "" || wide.condition === narrow.condition) &&
    matches(wide.principal, narrow.principal) &&
    matches(wide.action.toLowerCase(), narrow.action.toLowerCase()) &&
    matches(wide.resource, narrow.resource)
  );
}

function matches(pattern: string, text: string): boolean {
  if (pattern === text) return true;
  if (!pattern.includes("*") && !pattern.includes("?")) return false;
  // What "all except" covers depends on the excluded values: only equality is safe to tell.
  if (pattern.startsWith(allExcept) || text.startsWith(allExcept)) return false;
  return matchesPattern(pattern, text);
}

/** Whether a text matches a pattern with `*` and `?`, in polynomial time whatever the pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  let star: number | undefined;
  for (let position = 0; position < text.length; ) {
    if (pattern[at] === "*") {
      star = at++;
      from = position;
    } else if (
      pattern[at] === text[position] ||
      // `?` is one character, but an asterisk in the other pattern is any number of them.
      (pattern[at] === "?" && text[position] !== "*")
    ) {
      at++;
      position++;
    } else if (star !== undefined) {
      at = star + 1;
      position = ++from;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Begins the value of an element such as `NotAction`. */
export const allExcept = "all except ";

type Statement = Readonly<Record<string, unknown>>;

function parseStatements(document: unknown): Statement[] | undefined {
  try {
    const { Statement: statements } = typeof document === "string" ? JSON.parse(document) : document;
    const list = [statements].flat();
    return list.every((statement) => typeof statement === "object" && statement !== null) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** The values of an element such as `Action`, or of its negation `NotAction`. */
function getElementValues(statement: Statement, element: string): string[] {
  const named = statement[element];
  if (named !== undefined) return toTexts(named);
  const excluded = statement[`Not${element}`];
  return excluded === undefined ? [""] : [allExcept + toTexts(excluded).sort().join(", ")];
}

/** A principal may be `*`, a list, or lists by kind. */
function toTexts(value: unknown): string[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([kind, names]) => toTexts(names).map((name) => `${kind}:${name}`));
  }
  return [value].flat().map(String);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
