import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { bundleForLambda } from "../../scripts/build/bundle.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const sources = {
  "index.mjs": 'export const load = async () => (await import("./part.mjs")).value;',
  "part.mjs":
    'import native from "./native.cjs"; import { other } from "./other.mjs"; export const value = native + other;',
  "native.cjs": 'if (globalThis.failing === "native") throw new Error("cannot load a library"); module.exports = 1;',
  "other.mjs": 'if (globalThis.failing === "other") throw new Error("cannot read a file"); export const other = 1;',
};

/** Loads a part three times. It fails the first and second time. */
const program = `
  const { load } = require("./bundled.js");
  const attempt = async (failing) => {
    globalThis.failing = failing;
    return load().catch(({ message }) => message);
  };
  (async () => console.log(JSON.stringify([await attempt("native"), await attempt("other"), await attempt()])))();
`;

// Node.js keeps the failure of an ES module until the process ends. The archives are CommonJS, whose failures it forgets.
describe("A part of a bundle that cannot be loaded at first", () => {
  const folder = useTemporaryFolder();

  it("is loaded at the next use", async () => {
    for (const [name, text] of Object.entries(sources)) await writeFile(join(folder(), name), text);
    const { files } = await bundleForLambda(folder(), "index.mjs", { accepted: [] });
    for (const [name, contents] of Object.entries(files)) {
      await writeFile(join(folder(), name === "index.js" ? "bundled.js" : name), contents);
    }
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], { cwd: folder() });
    expect(JSON.parse(stdout)).to.deep.equal(["cannot load a library", "cannot read a file", 2]);
  });
});
