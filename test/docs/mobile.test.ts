import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "mobile.md"), "utf8");
const folder = join(root, "clients", "mobile", "examples");

/** The code of the page by the name of the file that is given above it. */
const shown: Record<string, string> = Object.fromEntries(
  [...page.matchAll(/^`([\w-]+\.ts)`:\n\n```ts\n(.*?)^```$/gms)].map(([, ...block]) => block),
);

const files = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

describe("The page for mobile developers", () => {
  it("shows the files of clients/mobile/examples, which are compiled and run: after a change, copy them here", () => {
    expect(shown).to.deep.equal(files);
  });

  it("shows no code beside them", () => {
    expect(page.match(/^```\w+$/gm)).to.have.length(Object.keys(files).length);
  });
});
