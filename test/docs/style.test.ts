import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const root = join(import.meta.dirname, "..", "..");
const read = (page: string) => readFileSync(join(root, page), "utf8");

/** Pages that still have words to avoid. Edit one and remove it here: the list only shrinks. */
const notYetEdited: readonly string[] = ["docs/workflows.md"];

const pages = [
  "CONTRIBUTING.md",
  "README.md",
  ...["docs", "runbooks"].flatMap((folder) =>
    readdirSync(join(root, folder), { encoding: "utf8", recursive: true })
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`),
  ),
];

const styleTable = /^\| avoid .*\n\|.*\n((?:\|.*\n)+)/m;
const words = styleTable
  .exec(read("docs/style.md"))![1]!
  .trimEnd()
  .split("\n")
  .map((row) => row.split("|")[1]!.trim());
const avoided = new RegExp(`\\b(?:${words.join("|").replaceAll(" ", "\\s+")})\\b`, "gi");

/** A page without its commands and quoted output, where a program chooses the words, and without the table itself. */
const prose = (markdown: string): string =>
  markdown
    .replace(styleTable, "")
    .replace(/^ {4,}.*$|^```[\s\S]*?^```/gm, "")
    .replace(/`[^`]*`/g, "");

const avoidedIn = (page: string, markdown: string): string[] =>
  [...prose(markdown).matchAll(avoided)].map(([word]) => `${page}: ${word.replace(/\s+/g, " ")}`);

describe("words of the pages", () => {
  it("are none that docs/style.md avoids", () => {
    const edited = pages.filter((page) => !notYetEdited.includes(page));
    expect(edited).to.include.members(["README.md", "docs/releases.md", "runbooks/release.md"]);
    expect(edited.flatMap((page) => avoidedIn(page, read(page)))).to.deep.equal([]);
  });

  it("leave no page in the list that has been edited or removed", () => {
    const done = notYetEdited.filter(
      (page) => !existsSync(join(root, page)) || avoidedIn(page, read(page)).length === 0,
    );
    expect(done).to.deep.equal([]);
  });

  it("are found at a line's end and with a capital, and not in commands and output", () => {
    expect(words).to.include.members(["anew", "at the most", "kept ready"]);
    expect(avoidedIn("page", "Whoever waits at\nthe most a minute")).to.deep.equal([
      "page: Whoever",
      "page: at the most",
    ]);
    expect(avoidedIn("page", "If it says `somebody else`:\n\n    echo nobody\n")).to.deep.equal([]);
  });
});
