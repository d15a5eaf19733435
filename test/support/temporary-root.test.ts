import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { useTemporaryFolder } from "./temporary-folder.ts";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
const root = join(import.meta.dirname, "temporary-root.ts");

describe("The temporary folder of a run", () => {
  const folder = useTemporaryFolder();

  /** Runs two files of tests as `npm test` does. Each creates a folder, and prints the folder around it. */
  async function run(cleanUp: string) {
    for (const name of ["one", "two"]) {
      await writeFile(
        join(folder(), `${name}.test.mjs`),
        `import { mkdirSync, rmSync } from "node:fs";
         import { tmpdir } from "node:os";
         const folder = tmpdir() + "/${name}";
         it("is used", () => { mkdirSync(folder); console.log("used=" + tmpdir()); ${cleanUp} });`,
      );
    }
    const options = [
      "--no-config",
      "--require",
      root,
      "--node-option",
      "import=tsx",
      "--parallel",
      "--jobs",
      "2",
      "--exit",
    ];
    const { code, stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [mocha, ...options, join(folder(), "*.test.mjs")],
      { env: { ...process.env, TMPDIR: folder() } },
    )
      .then((output) => ({ code: 0, ...output }))
      .catch((error: { code: number; stdout: string; stderr: string }) => error);
    const used = [...stdout.matchAll(/^used=(.+)$/gm)].map(([, path]) => path!);
    return { code, output: stdout + stderr, used };
  }

  it("is one for all workers, and is removed", async () => {
    const { code, output, used } = await run("rmSync(folder, { recursive: true });");
    expect(code, output).to.equal(0);
    expect(used).to.have.length(2);
    expect(new Set(used).size).to.equal(1);
    expect(basename(used[0]!)).to.match(/^ecobeat-run-/);
    expect(existsSync(used[0]!)).to.equal(false);
  });

  it("makes a run fail that leaves something, with its names, and is removed all the same", async () => {
    const { code, output, used } = await run("");
    expect(code, output).to.equal(1);
    expect(output).to.contain("2 passing").and.contain("The tests left in the temporary folder: one, two");
    expect(existsSync(used[0]!)).to.equal(false);
  });
});
