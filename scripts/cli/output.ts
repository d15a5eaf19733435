import { styleText } from "node:util";

/** Receives a line for the operator. */
export type Log = (line: string) => void;

const colours: Readonly<Record<string, "green" | "red" | "yellow">> = {
  ...{ ok: "green", passed: "green", wrong: "red", failed: "red", FAILED: "red" },
  ...{ unknown: "yellow", skipped: "yellow", "not yet": "yellow" },
};

/** An outcome begins a row of a table or a list, or ends the line about a drill. */
const outcome = /(?<=^\s*)(ok|passed|wrong|failed|FAILED|unknown|skipped|not yet)(?= {2}|:)|(?<= )(passed|FAILED)$/gm;

/**
 * The text with its outcomes in green, yellow or red, if a person reads the stream and has not set `NO_COLOR`.
 * @param text lines
 */
export const colourOutcomes = (text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  text.replaceAll(outcome, (word) => styleText(colours[word]!, word, { stream }));

/** Where a command writes what it does: with `--json`, standard output contains only the result. */
export const createLog =
  (json = false): Log =>
  (line) =>
    json ? console.error(colourOutcomes(line, process.stderr)) : console.log(colourOutcomes(line));

/** Prints a warning for the operator on standard error, in yellow. */
export const warn: Log = (line) => console.error(styleText("yellow", line, { stream: process.stderr }));

/** Prints the result of a command with `--json`. */
export const printJson = (result: unknown): void => console.log(JSON.stringify(result, null, 2));
