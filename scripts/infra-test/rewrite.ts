import { isObject, type Json, type JsonObject } from "./configuration.ts";
import { RehearsalError } from "./errors.ts";
import type { Stack } from "./synthesis.ts";

/** One attribute that the rehearsal changes in the synthesized stacks. */
export interface Difference {
  /** Path in `cdk.tf.json`, with `*` for any key or index; the last key may be one that is not there yet. */
  readonly at: string;
  /**
   * What the attribute becomes, or how that follows from the account it is rehearsed in and from its value.
   *
   * @default the attribute is removed, where it is there
   */
  readonly to?: Json | ((account: string, value: Json) => Json);
  /** Changes the attribute only where it has this value. @default whatever it has */
  readonly from?: Json;
  /** When it is needed. */
  readonly when: keyof Circumstances;
  /** Why it is needed, for the person who reads the list. */
  readonly why: string;
}

/** What decides which differences are needed. */
export interface Circumstances {
  /** The provider at hand is older than the one the stacks ask for. */
  readonly olderProvider: boolean;
  /** An emulator is there: the stacks are applied and destroyed. */
  readonly applied: boolean;
  /** No emulator is there: the stacks are planned and nothing is reached. */
  readonly onlyPlanned: boolean;
}

/** The differences that are needed in these circumstances. */
export const needed = (list: readonly Difference[], circumstances: Circumstances): Difference[] =>
  list.filter((difference) => circumstances[difference.when]);

/**
 * Makes the changes of the list, and no other.
 *
 * @param accountOf the AWS account a stack is rehearsed in
 * @throws RehearsalError when an entry of the list matches nothing in any stack
 */
export function rewrite(
  stacks: readonly Stack[],
  differences: readonly Difference[],
  accountOf: (stack: Stack) => string,
): Stack[] {
  const unmatched = new Set(differences);
  const rewritten = stacks.map((stack) => {
    const configuration = structuredClone(stack.configuration);
    for (const difference of differences) {
      if (change(configuration, difference.at.split("."), difference, accountOf(stack))) {
        unmatched.delete(difference);
      }
    }
    return { ...stack, configuration };
  });
  const [stale] = unmatched;
  if (stale) {
    throw new RehearsalError(
      `The difference at ${stale.at} matches nothing in any stack. The stacks no longer have what it was listed for ` +
        `(${stale.why}). Remove it from scripts/infra-test/provider-differences.ts.`,
    );
  }
  return rewritten;
}

/** Returns whether anything matched. */
function change(container: Json, path: readonly string[], difference: Difference, account: string): boolean {
  const [key, ...rest] = path as [string, ...string[]];
  const children: JsonObject | Json[] | undefined =
    isObject(container) || Array.isArray(container) ? container : undefined;
  if (!children) return false;
  const keys = key === "*" ? Object.keys(children) : [key];
  const matches = keys.filter((name) => {
    const object = children as JsonObject;
    if (rest.length > 0) return change(object[name] ?? null, rest, difference, account);
    if (difference.from !== undefined && object[name] !== difference.from) return false;
    if (difference.to === undefined) return name in object && delete object[name];
    object[name] =
      typeof difference.to === "function" ? difference.to(account, object[name] ?? null) : difference.to;
    return true;
  });
  return matches.length > 0;
}
