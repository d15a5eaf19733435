/** Literal words in what one should see after a command. */
export function findPromises(outcome: string): string[] {
  const [, sentence = ""] = /You should see (.+?)(?:\. |\.$|; |$)/.exec(outcome) ?? [];
  return [...sentence.matchAll(/`([^`]+)`/g)].flatMap(([, words]) => words!.split("...").map((word) => word.trim()));
}
