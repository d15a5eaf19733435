import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const docs = join(import.meta.dirname, "..", "..", "docs");
const page = readFileSync(join(docs, "requirements.md"), "utf8");

/** The cells of each row below the tables' heads, by section. */
const sections = Object.fromEntries(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [
      section.split("\n", 1)[0]!,
      [...section.matchAll(/^\| (?!requirement \||---)(.*) \|$/gm)].map(([, cells]) => cells!.split(/ *\| */)),
    ]),
);

/** Paths of the files that a text links to. */
const links = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => join(docs, target!));

describe("requirements traceability matrix", () => {
  it("lists each requirement", () => {
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

  it("links in each row to the implementation and to the test that verifies it", () => {
    const incomplete = Object.values(sections)
      .flat()
      .filter(
        ([, implementation = "", verification = ""]) =>
          links(implementation).length === 0 || !links(verification).some((file) => file.endsWith(".test.ts")),
      );
    expect(incomplete).to.deep.equal([]);
  });
});
