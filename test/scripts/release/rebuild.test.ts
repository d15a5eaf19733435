import { existsSync, readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { git } from "../../../scripts/git-mirror/git.ts";
import { compareArchives, formatDifference } from "../../../scripts/release/compare-archives.ts";
import { rebuildArchives } from "../../../scripts/release/rebuild.ts";
import { expectCode } from "../../support/errors.ts";
import { useSuiteFolder } from "../../support/temporary-folder.ts";
import { npmCache } from "../../support/temporary-root.ts";
import { setVariables } from "../../support/variables.ts";
import { createArchive } from "./stated-archive.ts";

/** Writes the variables that a build sees in place of an archive, if it gets the architecture and the packages. */
const bundle = `
  const { existsSync, mkdirSync, writeFileSync } = require("node:fs");
  if (process.argv[3] !== "arm64" || !existsSync("node_modules/.package-lock.json")) throw new Error("no packages");
  mkdirSync("dist");
  writeFileSync("dist/lambda-arm64.zip", JSON.stringify(process.env));
  writeFileSync("dist/pre-traffic.zip", process.version);`;

describe("A build of an earlier commit", () => {
  const folder = useSuiteFolder();
  const repository = () => join(folder(), "repository");
  const temporary = () => join(folder(), "temporary");
  let commit: string;
  let broken: string;
  let restore = () => {};

  const commitFiles = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(repository(), name), text);
    await git(repository(), "add", ".");
    await git(repository(), "-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "--message", "one");
    return (await git(repository(), "rev-parse", "HEAD")).trim();
  };

  before(async () => {
    await Promise.all([mkdir(repository()), mkdir(temporary())]);
    await git(repository(), "init", "--quiet");
    const dependencies = { one: "file:one" };
    await mkdir(join(repository(), "one"));
    commit = await commitFiles({
      "package.json": JSON.stringify({
        name: "n",
        version: "1.0.0",
        scripts: { bundle: "node bundle.cjs" },
        dependencies,
      }),
      "package-lock.json": JSON.stringify({
        ...{ name: "n", version: "1.0.0", lockfileVersion: 3 },
        packages: {
          "": { name: "n", version: "1.0.0", dependencies },
          "node_modules/one": { resolved: "one", link: true },
          one: { version: "1.0.0" },
        },
      }),
      "one/package.json": '{ "name": "one", "version": "1.0.0" }',
      "bundle.cjs": bundle,
      ".gitignore": "node_modules\ndist\n",
    });
    broken = await commitFiles({ "bundle.cjs": 'throw new Error("out of order")' });
    restore = setVariables({
      TMPDIR: temporary(),
      AWS_SECRET_ACCESS_KEY: "secret",
      HEALTH_PASSWORD: "secret",
      SECRET_PATH: "secret",
      npm_config_local_prefix: repository(),
    });
  });
  after(() => restore());
  afterEach(async () => {
    expect(readdirSync(temporary()).filter((name) => name !== npmCache)).to.deep.equal([]);
    expect((await git(repository(), "worktree", "list")).trim().split("\n")).to.have.length(1);
  });

  it("has the packages of its lockfile and this Node.js, and no credentials", async () => {
    const archives = await rebuildArchives(repository(), commit.slice(0, 12), "arm64");
    const { service, preTraffic } = archives;
    expect(archives.commit).to.equal(commit);
    expect(Buffer.from(preTraffic).toString()).to.equal(process.version);
    const variables = JSON.parse(Buffer.from(service).toString());
    expect(JSON.stringify(variables)).to.not.contain("secret");
    expect(variables).to.have.property("PATH");
    expect(existsSync(join(repository(), "node_modules"))).to.equal(false);
  });

  it("says why it failed", async () => {
    const install = async () => {};
    const build = () => rebuildArchives(repository(), broken, "arm64", install);
    const { message } = await expectCode("rebuild-failed", build);
    expect(message).to.contain("npm run bundle").and.contain("out of order");
  });

  it("is refused for a commit that the clone does not have, and for an option of git", async () => {
    for (const name of ["d".repeat(40), "--all", "no-branch"]) {
      const { message } = await expectCode("commit-not-in-clone", () => rebuildArchives(repository(), name, "arm64"));
      expect(message).to.contain(name).and.contain("git fetch");
    }
  });
});

describe("The comparison of archives", () => {
  const compare = (running: Readonly<Record<string, string>>, rebuilt: Readonly<Record<string, string>>) =>
    compareArchives(createArchive(running).bytes, createArchive(rebuilt).bytes).map(formatDifference);

  it("names each file that differs, with its sizes", () => {
    expect(compare({ a: "1", b: "2" }, { b: "2", a: "1" })).to.deep.equal([]);
    expect(compare({ a: "1", b: "22", c: "3", d: "4" }, { a: "1", b: "2222", c: "x", e: "5" })).to.deep.equal([
      "b: 2 bytes run, 4 bytes were built",
      "c: other content of 1 bytes",
      "d: not in the build, 1 bytes run",
      "e: missing in the archive that runs",
    ]);
  });
});
