import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { bundleForLambda } from "../../scripts/build/bundle.ts";
import { entries } from "../../scripts/build/entries.ts";
import { type AcceptedImport, checkUnresolvedImports } from "../../scripts/build/unresolved-imports.ts";
import { expectCode } from "../support/errors.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { readMetafile } from "./unzipped-archive.ts";

describe("What a bundle leaves to be loaded at run time", () => {
  const getFolder = useTemporaryFolder();
  const library = "node_modules/library/index.js";

  /** Bundles a function that uses a package with the given code. */
  async function bundle(code: string, accepted: AcceptedImport[] = [], entry = 'import "library";'): Promise<void> {
    for (const [path, text] of [
      [library, code],
      ["entry.ts", entry],
    ] as const) {
      const file = join(getFolder(), path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await bundleForLambda(getFolder(), "entry.ts", { accepted });
  }

  const accept = (module: string, file = library): AcceptedImport => ({
    file,
    module,
    reason: "The test needs it.",
    entries: ["entry.ts"],
  });

  const computed = "a computed name";
  const optional = 'try { exports.fast = require("snappy"); } catch {}';

  for (const [title, code, module] of [
    ["a module that the package requires if it is installed", optional, "snappy"],
    ["one that it imports", 'exports.load = () => import("snappy").catch(() => {});', "snappy"],
    ["a part of such a module", 'try { require("snappy/fast") } catch {}', "snappy/fast"],
    ["a computed name", "exports.load = (name) => require(name);", computed],
    ["an imported computed name", "exports.load = (name) => import(name);", computed],
    ["another name of `require`", 'const load = require; exports.fast = () => load("snappy");', computed],
    ["a `require` that Node.js creates", 'exports.load = require("node:module").createRequire("/");', "node:module"],
  ] as const) {
    it(`is refused, and named with its file: ${title}`, async () => {
      const { message } = await expectCode("unresolved-import", () => bundle(code));
      expect(message)
        .to.contain(`${module} (${library})`)
        .and.contain("entry.ts")
        .and.contain("scripts/build/unresolved-imports.ts");
      await bundle(code, [accept(module)]);
    });
  }

  it("is accepted of the listed file alone", async () => {
    await expectCode("unresolved-import", () => bundle(optional, [accept("snappy", "node_modules/other/index.js")]));
  });

  it("is nothing: then modules of Node.js and of the bundle are all that is used", async () => {
    await bundle('exports.files = require("fs"); exports.test = require("node:test"); require("./index.js");');
  });

  it("must still be there if it is accepted", async () => {
    for (const [code, entry] of [
      ["exports.fast = undefined;", undefined],
      [optional, "export const handler = 1;"],
    ] as const) {
      const { message } = await expectCode("unresolved-import-gone", () => bundle(code, [accept("snappy")], entry));
      expect(message).to.contain(`snappy (${library})`).and.contain("entry.ts");
    }
    await bundle("exports.fast = undefined;", [{ ...accept("snappy"), entries: ["another.ts"] }]);
  });

  for (const [name, entry] of Object.entries(entries) as [keyof typeof entries, string][]) {
    it(`is on the list, for ${entry}`, async () => {
      // It would not exist if something were missing from the list.
      const metafile = await readMetafile(name);
      if (name === "accounts" || name === "preTraffic") return;
      await expectCode("unresolved-import", async () => checkUnresolvedImports(entry, { metafile, warnings: [] }, []));
    });
  }
});
