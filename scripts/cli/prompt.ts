import { createInterface } from "node:readline/promises";
import { OperatorError } from "./errors.ts";

/**
 * Asks for one line of input. The question goes to standard error, because results go to standard output.
 * @returns the trimmed line; an empty string without a terminal
 */
export async function prompt(question: string): Promise<string> {
  if (!process.stdin.isTTY) return "";
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await terminal.question(question);
  terminal.close();
  return typed.trim();
}

/** What an operator confirms. */
export interface Confirmation {
  /** What the command is about to do, in sentences or lines. */
  readonly consequence: string;
  /** What to type. */
  readonly word: string;
  /** What confirms in a script. @default `--yes` */
  readonly option?: string;
}

/** @throws {OperatorError} unless the operator types the word */
export async function confirm({ consequence, word, option = "--yes" }: Confirmation): Promise<void> {
  const typed = await prompt(`${consequence} Type ${word} to continue: `);
  if (typed === word) return;
  throw new OperatorError("not-confirmed", {
    what: "Nothing was changed.",
    why: typed ? `${typed} was typed, not ${word}.` : `${word} was not typed.`,
    action: `Type ${word}, or set ${option} in scripts.`,
  });
}
