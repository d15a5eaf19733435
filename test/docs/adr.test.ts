import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const folder = join(import.meta.dirname, "..", "..", "docs", "adr");
const index = readFileSync(join(folder, "README.md"), "utf8");
const records = new Map(
  readdirSync(folder)
    .filter((file) => file !== "README.md")
    .sort()
    .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
);

/** What a record must contain, in this order: a title, its date and status, and three sections that are not empty. */
const form =
  /^# ([^\n]+)\n\n- Date: \d{4}-\d\d-\d\d\n- Status: (Accepted|Superseded by \[(\d{4})\]\(([^)]+)\))\n\n## Context\n\n(?!#).+\n## Decision\n\n(?!#).+\n## Consequences\n\n(?!#).+$/s;

/** What is wrong with the records, their numbers and the table that lists them. */
function faultsOfRecords(texts: ReadonlyMap<string, string>, table: string): string[] {
  const faults: string[] = [];
  const rows: string[] = [];
  for (const [position, [file, text]] of [...texts].entries()) {
    const number = String(position + 1).padStart(4, "0");
    if (!file.startsWith(`${number}-`) || !file.endsWith(".md")) faults.push(`${file}: is not ${number}`);
    const [, title, status, successor, target] = form.exec(text) ?? [];
    if (!title) faults.push(`${file}: a part is missing, empty or out of order`);
    if (target && !(target.startsWith(successor!) && texts.has(target))) faults.push(`${file}: no ${target}`);
    rows.push(`| [${number}](${file}) | ${title} | ${status} |`);
  }
  const listed = table.split("\n").filter((line) => line.startsWith("| ["));
  if (listed.join("\n") !== rows.join("\n")) faults.push("the table differs from the records");
  return faults;
}

describe("architecture decision records", () => {
  it("are numbered without gaps, complete, and all in the table", () => {
    expect(faultsOfRecords(records, index)).to.deep.equal([]);
  });

  const [first, second] = [...records.keys()] as [string, string];
  const changed = (from: string | RegExp, to: string) =>
    new Map([...records, [second, records.get(second)!.replace(from, to)]]);
  for (const [what, texts, fault] of [
    ["a number left out", new Map([...records].slice(1)), `${second}: is not 0001`],
    ["no date", changed(/- Date.*\n/, ""), `${second}: a part is missing`],
    ["another status", changed("Accepted", "Proposed"), `${second}: a part is missing`],
    ["no successor", changed("Accepted", "Superseded by [9999](9999-gone.md)"), `${second}: no 9999-gone.md`],
    ["no context", changed("## Context", "## Story"), `${second}: a part is missing`],
    ["an empty decision", changed(/(## Decision\n\n).+(?=## Consequences)/s, "$1"), `${second}: a part is missing`],
    ["no consequences", changed(/## Consequences.*/s, ""), `${second}: a part is missing`],
    ["another title than in the table", changed(/^# .*/, "# Other"), "the table differs"],
    ["a record that the table lacks", new Map([...records, ["9999-new.md", records.get(first)!]]), "differs"],
  ] as const) {
    it(`are refused with ${what}`, () => {
      expect(faultsOfRecords(texts, index).join("\n")).to.include(fault);
    });
  }
});
