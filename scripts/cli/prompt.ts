import { createInterface } from "node:readline/promises";

/**
 * Asks the person at the terminal; the question goes to the error stream, as answers of commands go to the other.
 * @returns what was typed, without blanks around it; nothing where nobody is at a terminal
 */
export async function prompt(question: string): Promise<string> {
  if (!process.stdin.isTTY) return "";
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await terminal.question(question);
  terminal.close();
  return typed.trim();
}
