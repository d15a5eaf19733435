import { expect } from "chai";
import { jsonLogger } from "../../../service/platform/logging.ts";

/** A line of the log. */
export function logLine(message: string, fields: Record<string, unknown>): string {
  let written = "";
  jsonLogger(
    (line) => {
      written += line;
    },
    () => 0,
  ).write("error", message, fields);
  return written;
}

/** All texts of a parsed line: names of members and their values. */
const textsIn = (value: unknown): string[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)])
    : [String(value)];

/** All that a line shows of a text, wherever in it the text is. */
function showLine(text: string): string[] {
  const error = Object.assign(new Error(text, { cause: new AggregateError([new Error(text)], text) }), { more: text });
  const line = logLine(text, {
    text,
    cause: error,
    nested: [{ deeper: { text, list: [text] } }],
    named: { [text]: 1 },
    json: JSON.stringify({ text, inner: JSON.stringify({ text }) }),
  });
  return [line, ...textsIn(JSON.parse(line))];
}

/** Checks that no line shows a secret, in none of its forms, unless the line has the same characters without the text. */
export function expectHidden(secret: string, text: string): void {
  const shown = showLine(text);
  for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
    const found = shown.find((each) => each.includes(form));
    if (found !== undefined && !showLine("x").some((each) => each.includes(form)))
      expect.fail(`${form} in ${text}, shown as ${found}`);
  }
}

/** JSON in which each character beyond ASCII is escaped, as many libraries write it. */
export const toAscii = (json: string) =>
  json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** JSON in a string of JSON, to a depth. */
export const nest = (json: string, depth: number): string =>
  depth === 0 ? json : nest(JSON.stringify({ body: json, depth }), depth - 1);
