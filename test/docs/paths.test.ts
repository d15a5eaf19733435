import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";

const root = join(import.meta.dirname, "..", "..");

const filesIn = (folder: string, name: RegExp, recursive = true): string[] =>
  readdirSync(join(root, folder), { recursive, encoding: "utf8" })
    .filter((path) => name.test(path) && !path.includes("node_modules"))
    .map((path) => normalize(join(folder, path)));

const pages = [
  ...filesIn(".", /\.md$/, false),
  ...["clients", "docs", "runbooks"].flatMap((folder) => filesIn(folder, /\.md$/)),
];
const sources = ["bench", "clients", "scripts", "service", "stacks"].flatMap((folder) => filesIn(folder, /\.ts$/));

/** Files of the repository that a text names, by their path from the root. */
const namedIn = (text: string): string[] =>
  Array.from(
    text.matchAll(
      /(?<![\w/.@-])(?:bench|clients|docs|runbooks|scripts|service|stacks|test)\/[\w./-]*\.(?:ts|cjs|md|yml|svg)\b/g,
    ),
    ([path]) => path,
  );

/** Targets of the links of a page, by their path from the root; without those to other sites and within the page. */
const linksOf = (page: string, text: string): string[] =>
  Array.from(text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g), ([, target]) => normalize(join(dirname(page), target!)));

const missing = (file: string, paths: readonly string[]): string[] =>
  paths.filter((path) => !existsSync(join(root, path))).map((path) => `${file}: ${path}`);

const read = (file: string): string => readFileSync(join(root, file), "utf8");

describe("paths in pages and comments", () => {
  it("lead somewhere", () => {
    expect(pages).to.include.members(["README.md", "docs/releases.md", "runbooks/README.md"]);
    expect([...pages, ...sources].flatMap((file) => missing(file, namedIn(read(file))))).to.deep.equal([]);
  });

  it("lead somewhere in links", () => {
    expect(pages.flatMap((page) => missing(page, linksOf(page, read(page))))).to.deep.equal([]);
  });

  it("are found in text and in links", () => {
    expect(namedIn("see `service/gone.ts`, not other/service/x.ts")).to.deep.equal(["service/gone.ts"]);
    expect(linksOf("docs/a.md", "[a](../b.md#c) [d](https://e.f/g.md)")).to.deep.equal(["b.md"]);
    expect(missing("page", ["service/gone.ts", "service/app.ts"])).to.deep.equal(["page: service/gone.ts"]);
  });
});
