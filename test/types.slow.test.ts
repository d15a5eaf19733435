import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const root = join(import.meta.dirname, "..");

/** The files that TypeScript checks with these arguments, and all that they import. */
async function listFiles(...words: string[]): Promise<string> {
  const tsc = join(root, "node_modules", ".bin", "tsc");
  // It would take a third of its time to collect garbage, and saves a tenth of the memory.
  const env = { ...process.env, GOGC: "off" };
  const { stdout } = await promisify(execFile)(tsc, ["--listFilesOnly", ...words], { cwd: root, env });
  return stdout;
}

describe("types", () => {
  it("of Mocha reach no product code, even through what the benchmarks import from test/support", async () => {
    expect(await listFiles("-p", "tsconfig.json"))
      .to.include("/service/app.ts")
      .and.not.to.include("@types/mocha");
    expect(await listFiles("-p", "clients/mobile")).not.to.include("@types/mocha");
    // Only tests have them.
    const words = ["--ignoreConfig", "--module", "nodenext", "--types", "node,mocha"];
    expect(await listFiles(...words, "test/mocharc.test.ts")).to.include("@types/mocha");
  });
});
