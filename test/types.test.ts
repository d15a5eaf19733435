import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const root = join(import.meta.dirname, "..");

/** The files that a TypeScript configuration checks, with all that they import. */
async function listFiles(configuration: string): Promise<string> {
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { stdout } = await promisify(execFile)(tsc, ["--listFilesOnly", "-p", configuration], { cwd: root });
  return stdout;
}

describe("types", () => {
  it("of Mocha reach no product code, even through what the benchmarks import from test/support", async () => {
    expect(await listFiles("tsconfig.json"))
      .to.include("/service/app.ts")
      .and.not.to.include("@types/mocha");
    expect(await listFiles("clients/mobile")).not.to.include("@types/mocha");
    expect(await listFiles("test")).to.include("@types/mocha");
  });
});
