import { readFileSync } from "node:fs";

/** The table of words to avoid in `docs/style.md`. */
export const styleTable = /^\| avoid .*\n\|.*\n((?:\|.*\n)+)/m;

/** The left column of the table. */
export const avoidedWords: readonly string[] = styleTable
  .exec(readFileSync("docs/style.md", "utf8"))![1]!
  .trimEnd()
  .split("\n")
  .map((row) => row.split("|")[1]!.trim());

const pattern = new RegExp(`\\b(?:${avoidedWords.join("|").replaceAll(" ", "\\s+")})\\b`, "gi");

/** The words of a text that `docs/style.md` avoids, each with the name of the text. */
export const findAvoidedWords = (name: string, text: string): string[] =>
  [...text.matchAll(pattern)].map(([word]) => `${name}: ${word.replace(/\s+/g, " ")}`);
