import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { addBase, hasCommit, readBases, resolveCommit } from "./bases.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";

/** The commits in the headings of releases, the newest first. */
const findReleases = (changelog: string): string[] =>
  [...changelog.matchAll(/^## (?!Unreleased).*\b([\da-f]{7,40})\b/gm)].map(([, hash]) => hash!);

describe("compatibility.json", () => {
  const folder = useTemporaryFolder();

  const read = (text: string) => {
    const file = join(folder(), "compatibility.json");
    writeFileSync(file, text);
    return readBases(file);
  };

  it("names complete commits", async () => {
    const bases = await readBases();
    expect(bases).to.not.be.empty;
  });

  it("is read with commit and name", async () => {
    const bases = [{ commit, name: "1.0" }];
    expect(await read(JSON.stringify({ bases }))).to.deep.equal(bases);
  });

  it("gets a release behind the others, once", async () => {
    const bases = [{ commit, name: "1.0" }];
    const release = { commit: commit.replace("0", "f"), name: "2.0" };
    await read(JSON.stringify({ bases }));
    const file = join(folder(), "compatibility.json");
    for (let count = 0; count < 2; count++) await addBase(release, file);
    expect(await readBases(file)).to.deep.equal([...bases, release]);
  });

  it("has the newest release of the changelog", async () => {
    const [newest] = findReleases(readFileSync("CHANGELOG.md", "utf8"));
    const bases = await readBases();
    expect(newest === undefined || bases.some(({ commit }) => commit.startsWith(newest)), newest).to.equal(true);
  });

  it("would be found without it", () => {
    expect(findReleases("## Unreleased\n\n## 2026-12-24, 0123abc\n\n## 2026-12-01, fedcba9876\n")).to.deep.equal([
      "0123abc",
      "fedcba9876",
    ]);
  });

  for (const [mistake, text, why] of [
    ["no JSON", "{", /JSON/],
    ["no base", '{"bases": []}', /must name a base/],
    [
      "a short hash",
      '{"bases": [{"commit": "0123456", "name": "1.0"}]}',
      /40 hexadecimal digits.*\n.*bases\[0\]\.commit/,
    ],
    ["no name", `{"bases": [{"commit": "${commit}"}]}`, /bases\[0\]\.name/],
    ["another member", `{"bases": [{"commit": "${commit}", "name": "1.0", "until": "2027"}]}`, /until/],
  ] as const) {
    it(`is refused with ${mistake}`, async () => {
      const error = await read(text).catch((caught) => caught);
      expect(error.code).to.equal("compatibility-bases-invalid");
      expect(error.message).to.match(why);
    });
  }
});

describe("a commit of the clone", () => {
  const folder = useTemporaryFolder();

  const git = (repository: string, ...words: string[]) =>
    execFileSync("git", ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", ...words], {
      cwd: repository,
      encoding: "utf8",
    }).trim();

  it("is found in a complete clone, and before the last ones of a shallow one is not", async () => {
    const origin = join(folder(), "origin");
    git(folder(), "init", "--quiet", origin);
    const [first, second] = ["first", "second"].map((message) => {
      git(origin, "commit", "--quiet", "--allow-empty", "--message", message);
      return git(origin, "rev-parse", "HEAD");
    }) as [string, string];
    const shallow = join(folder(), "shallow");
    git(folder(), "clone", "--quiet", "--depth", "1", `file://${origin}`, shallow);
    expect(await Promise.all([hasCommit(first, origin), hasCommit(second, origin)])).to.deep.equal([true, true]);
    expect(await Promise.all([hasCommit(first, shallow), hasCommit(second, shallow)])).to.deep.equal([false, true]);
    expect(await hasCommit(commit, origin)).to.equal(false);
    expect(await resolveCommit("HEAD~1", origin)).to.equal(first);
    const error = await resolveCommit("HEAD~1", shallow).catch((caught) => caught);
    expect(error.code).to.equal("compatibility-base-unknown");
  });
});
