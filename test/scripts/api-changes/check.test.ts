import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { checkApi } from "../../../scripts/api-changes/check.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

describe("The check of the API's changes", () => {
  const folder = useTemporaryFolder();
  const git = (...parameters: string[]) =>
    execFileSync("git", ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", ...parameters], {
      cwd: folder(),
      encoding: "utf8",
      stdio: "pipe",
    }).trim();

  /** Writes the sources of an API with operations. Each version is another file: Node.js keeps what it has imported. */
  function write(...paths: string[]): void {
    const operations = Object.fromEntries(paths.map((path) => [path, { get: { responses: {} } }]));
    mkdirSync(join(folder(), "service/openapi"), { recursive: true });
    const text = `export const openApiDocument = () => (${JSON.stringify({ paths: operations })});\n`;
    writeFileSync(join(folder(), "service/openapi/document.ts"), text);
  }

  function commit(message: string, ...paths: string[]): string {
    write(...paths);
    git("add", "--all", "service");
    git("commit", "--allow-empty", "--quiet", `--message=${message}`);
    return git("rev-parse", "HEAD");
  }

  const publish = () => git("update-ref", "refs/remotes/origin/main", "HEAD");

  async function check(base?: string): Promise<string[]> {
    const lines: string[] = [];
    await checkApi({ root: folder(), base, print: (line) => lines.push(line) });
    return lines;
  }

  beforeEach(() => {
    git("init", "--quiet", "--initial-branch=main");
    commit("Start", "/a", "/b");
    writeFileSync(join(folder(), "package.json"), '{"type":"module"}');
  });

  it("compares with the commit where the branch left origin/main", async () => {
    publish();
    const start = git("rev-parse", "HEAD");
    git("checkout", "--quiet", "-b", "work");
    commit("Add", "/a", "/b", "/c");
    git("checkout", "--quiet", "main");
    commit("Add another", "/a", "/b", "/d");
    publish();
    git("checkout", "--quiet", "work");
    expect(await check()).to.deep.equal([`No change since ${start.slice(0, 12)} breaks apps.`]);
  });

  it("refuses nothing that origin/main has already", async () => {
    commit("Remove", "/a");
    publish();
    expect(await check()).to.have.length(1);
  });

  it("sees changes that are not committed, and leaves nothing of the base", async () => {
    publish();
    commit("Add", "/a", "/b", "/c");
    write("/b");
    const lines: string[] = [];
    await expectCode("api-breaking-changes", () =>
      checkApi({ root: folder(), base: undefined, print: (line) => lines.push(line) }),
    );
    expect(lines).to.deep.equal([
      "breaks apps: GET /a: it is removed. Deprecate it, and remove it after its sunset. [Breaks-API: operation-removed GET /a]",
    ]);
    expect(readdirSync(join(folder(), ".cache"))).to.deep.equal([]);
  });

  it("accepts a change that a commit names, and no other", async () => {
    publish();
    commit("Remove both\n\nNo app calls a.\n\nBreaks-API: operation-removed GET /a");
    await expectCode("api-breaking-changes", () => check());
    const start = git("rev-parse", "HEAD^");
    commit("Add more words\n\nBreaks-API: operation-removed GET /b\nReviewed-by: Ann");
    const lines = await check();
    expect(lines.map((line) => line.replace(/: it is removed.*/, ""))).to.deep.equal([
      "accepted: GET /a",
      "accepted: GET /b",
      `No other change since ${start.slice(0, 12)} breaks apps.`,
    ]);
  });

  it("compares with any commit that it is given", async () => {
    const removed = commit("Remove", "/a");
    expect(await check(removed)).to.deep.equal([`No change since ${removed.slice(0, 12)} breaks apps.`]);
    await expectCode("api-breaking-changes", () => check("HEAD^"));
  });

  it("throws api-base-missing without origin/main, and for a commit that the clone does not have", async () => {
    await expectCode("api-base-missing", () => check());
    await expectCode("api-base-missing", () => check("0".repeat(40)));
  });

  it("throws api-base-not-built if the sources of the base have no document", async () => {
    git("rm", "--quiet", "service/openapi/document.ts");
    writeFileSync(join(folder(), "service.ts"), "");
    git("add", "service.ts");
    git("commit", "--quiet", "--message=Remove all");
    await expectCode("api-base-not-built", () => check("HEAD"));
  });
});
