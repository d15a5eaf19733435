import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const docs = join(import.meta.dirname, "..", "..", "docs");
const page = readFileSync(join(docs, "mission.md"), "utf8");

/** The cells of each row below the tables' heads, by section. */
const sections = Object.fromEntries(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [
      section.split("\n", 1)[0]!,
      [...section.matchAll(/^\| (?!asked for|---)(.*) \|$/gm)].map(([, cells]) => cells!.split(/ *\| */)),
    ]),
);

/** Paths of the files that a text links to. */
const links = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => join(docs, target!));

describe("the page of what was asked for", () => {
  it("lists each line", () => {
    const counts = Object.entries(sections).map(([name, rows]) => [name, rows.length]);
    expect(Object.fromEntries(counts)).to.deep.equal({
      Environments: 15,
      Security: 11,
      Monitoring: 12,
      "Cost optimisation": 9,
      Deployment: 8,
      "Disaster recovery": 7,
    });
  });

  it("links to files that exist", () => {
    expect(links(page).filter((file) => !existsSync(file))).to.deep.equal([]);
  });

  it("links in each row to where it is built and to the test that holds it", () => {
    const incomplete = Object.values(sections)
      .flat()
      .filter(
        ([, builtIn = "", heldBy = ""]) =>
          links(builtIn).length === 0 || !links(heldBy).some((file) => file.endsWith(".test.ts")),
      );
    expect(incomplete).to.deep.equal([]);
  });
});
