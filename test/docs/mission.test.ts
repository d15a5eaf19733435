import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "mission.md"), "utf8");

/** A file and, where the row has one, a test in it. */
interface Mention {
  row: string;
  file: string;
  title?: string;
}

/** The rows of all tables below their heads, cell by cell. */
const rows = (text: string): string[][] =>
  [...text.matchAll(/^\| (?!asked for|---)(.*) \|$/gm)].map(([, cells]) => cells!.split(/ *\| */));

/** What the columns "built in" and "held by" name, in the form `file` *title*. */
const mentions = (text: string): Mention[] =>
  rows(text).flatMap(([row, builtIn, heldBy]) =>
    [...`${builtIn} ${heldBy}`.matchAll(/`([^`]+)`(?: \*([^*]+)\*)?/g)].map(([, file, title]) => ({
      row: row!,
      file: file!,
      ...(title && { title }),
    })),
  );

/** The full titles of the tests in the given files, which are loaded and not run. */
async function titlesIn(files: readonly string[]): Promise<Map<string, string[]>> {
  const mocha = join(root, "node_modules", "mocha", "bin", "mocha.js");
  const options = ["--no-config", "--node-option", "import=tsx", "--dry-run", "--reporter", "json", "--exit"];
  const { stdout } = await promisify(execFile)(process.execPath, [mocha, ...options, ...files], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { tests } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
    tests: { file: string; fullTitle: string }[];
  };
  const titles = new Map<string, string[]>(files.map((file) => [file, []]));
  for (const { file, fullTitle } of tests) titles.get(file.slice(root.length + 1))!.push(fullTitle);
  return titles;
}

function missing(text: string, titles: ReadonlyMap<string, readonly string[]>): string[] {
  return mentions(text)
    .filter(({ file, title }) =>
      title ? !titles.get(file)?.some((known) => known.includes(title)) : !existsSync(join(root, file)),
    )
    .map(({ row, file, title }) => `${row}: ${file}${title ? `, "${title}"` : ""}`);
}

describe("the page of what was asked for", () => {
  let titles: Map<string, string[]>;

  before(async () => {
    const files = mentions(page).flatMap(({ file, title }) =>
      title && existsSync(join(root, file)) ? [file] : [],
    );
    titles = await titlesIn([...new Set(files)]);
  });

  it("names files and tests that exist", () => {
    expect(missing(page, titles)).to.deep.equal([]);
  });

  it("has, in each row, where it is built and what holds it, or says in words that it is not built yet", () => {
    const silent = rows(page).filter(
      ([, builtIn, heldBy]) =>
        builtIn !== "not built yet" && !(builtIn?.includes("`") && heldBy?.includes("*")),
    );
    expect(silent.map(([row]) => row)).to.deep.equal([]);
    expect(rows(page)).to.have.length.above(60);
  });

  it("would be noticed to name a file that is gone", () => {
    const text = page.replace("`stacks/constructs/cache/cache.ts`", "`stacks/constructs/gone.ts`");
    expect(missing(text, titles)).to.have.length(1);
  });

  it("would be noticed to name a test that is gone, or one of another file", () => {
    const renamed = page.replace("*cannot fail over with one node*", "*flies to the moon*");
    expect(missing(renamed, titles)).to.have.length(1);
    const moved = page.replace("`test/stacks/constructs/cache/cache.test.ts`", "`test/stacks/edge.test.ts`");
    expect(missing(moved, titles)).to.have.length(1);
  });
});
