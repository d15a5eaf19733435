import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { OperatorError } from "./errors.ts";
import { interrupt } from "./interruptible.ts";

/** Asks at a terminal for one line of input. @returns the trimmed line; `undefined` without a terminal */
export type Prompt = (question: string) => Promise<string | undefined>;

/** Asks at the terminal of this process. The question goes to standard error, because results go to standard output. */
export const promptTerminal: Prompt = async (question) => {
  // A person does not see a question that goes to a file.
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal sends no signal while this reads from it.
  terminal.once("SIGINT", () => {
    terminal.close();
    process.stderr.write("\n");
    if (!interrupt("SIGINT")) process.kill(process.pid, "SIGINT");
  });
  // Ctrl-D closes it without an answer.
  const closed = once(terminal, "close").then(() => "\n");
  const typed = await Promise.race([terminal.question(question).catch(() => "\n"), closed]);
  terminal.close();
  if (typed === "\n") process.stderr.write(typed);
  return typed.trim();
};

/** What an operator confirms. */
export interface Confirmation {
  /** What the command is about to do, in sentences or lines. */
  readonly consequence: string;
  /** What to type: the name of what the command changes. */
  readonly name: string;
  /** Whether `--yes` was given, which confirms in scripts. */
  readonly yes?: boolean | undefined;
  /** @default asks at the terminal of this process */
  readonly prompt?: Prompt | undefined;
}

/** @throws {OperatorError} unless the operator types the name, or has confirmed with `--yes` */
export async function confirm({ consequence, name, yes, prompt = promptTerminal }: Confirmation): Promise<void> {
  if (yes) return;
  const typed = await prompt(`${consequence} Type ${name} to continue: `);
  if (typed === name) return;
  throw new OperatorError("not-confirmed", {
    what: "Nothing was changed.",
    why:
      typed === undefined
        ? "The command asks for confirmation, and there is no terminal to answer from."
        : typed
          ? `${typed} was typed, not ${name}.`
          : `${name} was not typed.`,
    action: `Run it in a terminal and type ${name}, or add --yes in scripts.`,
  });
}
