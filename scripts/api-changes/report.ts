import { acceptingTrailer } from "./base-document.ts";
import type { ApiChange } from "./compare.ts";
import { rules } from "./rules.ts";

/** Names a change in a trailer: its rule, and where it is. */
const toName = ({ rule, at }: ApiChange): string => `${rule} ${at}`;

/**
 * Splits changes by whether a commit accepts them.
 * @param trailers names of changes
 */
export function splitAccepted(
  changes: readonly ApiChange[],
  trailers: readonly string[],
): { accepted: ApiChange[]; refused: ApiChange[] } {
  const isAccepted = (change: ApiChange) => trailers.includes(toName(change));
  return { accepted: changes.filter(isAccepted), refused: changes.filter((change) => !isAccepted(change)) };
}

/** A line for each change: where it is, what has changed, what to do, and how to accept it. */
export const formatChanges = (changes: readonly ApiChange[], verdict: string): string[] =>
  changes.map((change) => {
    const { rule, at, what, operations } = change;
    const [first, ...more] = operations.filter((name) => !at.startsWith(name));
    const others = first === undefined ? "" : ` (${first}${more.length > 0 ? ` and ${more.length} more` : ""})`;
    return `${verdict}: ${at}${others}: ${what}. ${rules[rule]}. [${acceptingTrailer}: ${toName(change)}]`;
  });
