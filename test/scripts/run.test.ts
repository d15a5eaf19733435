import { spawnSync } from "node:child_process";
import { expect } from "chai";

describe("scripts/run.cjs", () => {
  it("without a file shows its usage", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/run.cjs"], { encoding: "utf8" });
    expect([status, stdout, stderr]).to.deep.equal([2, "", "Usage: node scripts/run.cjs FILE [ARGUMENTS]\n"]);
  });
});
