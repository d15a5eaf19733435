import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describeVersion } from "../../../scripts/cli/version.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { opsProcess } from "../run-ops.ts";

describe("ops --version", () => {
  const folder = useTemporaryFolder();
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder(), encoding: "utf8" }).trim();
  const commit = () => {
    git("add", "--all");
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "a");
  };
  beforeEach(() => writeFile(join(folder(), "package.json"), '{ "version": "1.2.3" }'));

  it("prints the version and the commit", async () => {
    const { code, stdout } = await opsProcess(["--version"]);
    expect(stdout)
      .to.equal(`${describeVersion()}\n`)
      .and.contain(execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim());
    expect(code).to.equal(0);
    git("init", "--quiet");
    commit();
    expect(describeVersion(folder())).to.equal(`1.2.3 (commit ${git("rev-parse", "HEAD")})`);
  });

  it("marks a checkout with changes, of a new file too", async () => {
    git("init", "--quiet");
    commit();
    await writeFile(join(folder(), "new"), "");
    expect(describeVersion(folder())).to.equal(`1.2.3 (commit ${git("rev-parse", "HEAD")}, with uncommitted changes)`);
  });

  it("says so outside of a checkout, before the first commit, and in a folder of another repository", async () => {
    const unknown = "1.2.3 (not a git checkout, so the commit is unknown)";
    expect(describeVersion(folder())).to.equal(unknown);
    git("init", "--quiet");
    expect(describeVersion(folder())).to.equal(unknown);
    commit();
    await mkdir(join(folder(), "copy"));
    await writeFile(join(folder(), "copy", "package.json"), '{ "version": "1.2.3" }');
    expect(describeVersion(join(folder(), "copy"))).to.equal(unknown);
  });

  it("says so without git", async () => {
    const { code, output } = await opsProcess(["--version"], { PATH: "" });
    expect([code, output]).to.deep.equal([0, `${output.split("\n", 1)[0]}\n`]);
    expect(output).to.contain("the commit is unknown");
  });
});
