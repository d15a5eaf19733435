import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { compileModules } from "./compiled-program.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

const require = createRequire(import.meta.url);
const hooks = "test/support/unhandled-rejections.ts";

describe("A rejection that nothing handles", () => {
  const folder = useTemporaryFolder();

  /** Runs two files: one that passes, and one with these lines. */
  async function run(lines: string, args: readonly string[]) {
    await writeFile(join(folder(), "first.test.mjs"), 'it("passes", () => {});');
    await writeFile(join(folder(), "second.test.mjs"), lines);
    const compiled = await compileModules("unhandled-rejections", hooks);
    const words = [require.resolve("mocha/bin/mocha.js"), "--no-config", "--require", compiled, ...args, "--exit"];
    return promisify(execFile)(process.execPath, [...words, join(folder(), "*.test.mjs")])
      .then(({ stdout }) => ({ code: 0, output: stdout }))
      .catch(({ code, stdout, stderr }) => ({ code, output: stdout + stderr }));
  }

  const reject = 'Promise.reject(new Error("forgotten"))';

  for (const [where, args] of [
    ["one process", []],
    ["workers", ["--parallel", "--jobs", "2"]],
    ["a worker that has run another file", ["--parallel", "--jobs", "1"]],
  ] as const) {
    it(`fails the test that caused it in ${where}`, async () => {
      const { code, output } = await run(`it("rejects", () => void ${reject});`, args);
      expect(code, output).to.equal(1);
      expect(output).to.match(/"after each" hook.* for "rejects"/);
      expect(output).to.contain("would end the process: Error: forgotten");
    });

    it(`fails the run if it comes after the last test in ${where}`, async () => {
      const { code, output } = await run(
        `describe("A suite", () => { it("passes", () => {}); after(() => void ${reject}); });`,
        args,
      );
      expect(code, output).to.equal(1);
      expect(output).to.contain("2 passing").and.to.contain("would end the process: Error: forgotten");
    });
  }

  it("fails nothing if it is handled in time", async () => {
    const { code, output } = await run(
      `it("rejects", () => { const rejected = ${reject}; rejected.catch(() => {}); });`,
      [],
    );
    expect(code, output).to.equal(0);
  });

  for (const file of [".mocharc.cjs", ".mocharc.coverage.json"]) {
    it(`is noticed by a run with ${file}`, async () => {
      expect(await readFile(file, "utf8")).to.contain(`"${hooks}"`);
    });
  }
});
