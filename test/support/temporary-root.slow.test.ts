import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { compileModules } from "./compiled-program.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");

describe("The temporary folder of a run", () => {
  const folder = useTemporaryFolder();

  let root: string;
  // In each of the three processes of a run, tsx would take most of the time.
  before(async () => {
    root = await compileModules("temporary-root", "test/support/temporary-root.ts");
  });

  const toArguments = () => [
    ...[mocha, "--no-config", "--require", root, "--parallel", "--jobs", "2", "--exit"],
    join(folder(), "*.test.mjs"),
  ];
  const toOptions = () => ({ env: { ...process.env, TMPDIR: folder() } });

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
    const { code, stdout, stderr } = await promisify(execFile)(process.execPath, toArguments(), toOptions())
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

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`is removed if ${signal} interrupts the run`, async () => {
      await writeFile(
        join(folder(), "one.test.mjs"),
        `import { tmpdir } from "node:os";
         it("hangs", () => { console.log("used=" + tmpdir()); return new Promise(() => setInterval(() => {}, 1_000)); });`,
      );
      const run = spawn(process.execPath, [...toArguments(), "--timeout", "0"], { ...toOptions(), detached: true });
      let [output, wasUsed] = ["", false];
      const find = () => /^used=(.+)\n/m.exec(output)?.[1];
      run.stdout.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (wasUsed || !find()) return;
        wasUsed = existsSync(find()!);
        // As a terminal does: to all processes of the run.
        process.kill(-run.pid!, signal);
      });
      // After the last of them.
      await once(run, "close");
      expect(wasUsed, output).to.equal(true);
      expect(existsSync(find()!)).to.equal(false);
    });
  }
});
