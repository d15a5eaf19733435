import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { formatResult, mirror, verify } from "../../../scripts/git-mirror/mirror.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

const author = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.example" };
const committer = { GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.example" };
const environment = { ...process.env, ...author, ...committer, GIT_CONFIG_GLOBAL: "/dev/null" };

describe("Mirrors of the repository", () => {
  const root = useTemporaryFolder();
  let clone: string;

  const git = (folder: string, ...parameters: string[]) =>
    execFileSync("git", parameters, { cwd: folder, env: environment, stdio: "pipe" }).toString().trim();
  const at = (name: string) => join(root(), name);
  const commit = (folder: string, message: string) =>
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message);
  const pushCommit = (folder: string, ...refs: string[]) => {
    commit(folder, "another");
    git(folder, "push", "--quiet", "origin", "main", ...refs);
  };
  const heads = (name: string) => git(at(name), "for-each-ref", "--format=%(refname) %(objectname)");
  const findDifferences = async (work: Promise<unknown>) => (await expectCode("mirror-not-equal", () => work)).message;

  /** Copied for each test: its remotes are relative to the clone. */
  let template: string;
  before(() => {
    template = mkdtempSync(join(tmpdir(), "ecobeat-mirrors-"));
    for (const name of ["origin", "first", "second"]) {
      git(template, "init", "--quiet", "--bare", "--initial-branch=main", name);
    }
    git(template, "init", "--quiet", "--initial-branch=main", "clone");
    clone = join(template, "clone");
    for (const name of ["origin", "first", "second"]) git(clone, "remote", "add", name, `../${name}`);
    commit(clone, "one");
    git(clone, "tag", "v1");
    git(clone, "tag", "--annotate", "v2", "--message", "two");
    git(clone, "branch", "staging");
    git(clone, "push", "--quiet", "--set-upstream", "origin", "main", "staging", "v1", "v2");
  });
  beforeEach(() => {
    cpSync(template, root(), { recursive: true });
    clone = at("clone");
  });
  after(() => rmSync(template, { recursive: true }));

  it("get every branch and tag of the source, and none of the clone's own", async () => {
    commit(clone, "not pushed yet");
    git(clone, "branch", "my-own");
    expect(await findDifferences(verify({ folder: clone }))).to.contain("first: refs/heads/main is missing");
    const planned = await mirror({ folder: clone, dryRun: true });
    expect(formatResult(planned)).to.include("would create refs/heads/main of first").and.to.have.length(8);
    expect(heads("first") + heads("second")).to.equal("");
    const result = await mirror({ folder: clone });
    expect(formatResult(result)).to.deep.equal(["first and second: equal to origin in all 4 branches and tags"]);
    expect(result.pushes).to.deep.equal(planned.pushes);
    expect((await mirror({ folder: clone, dryRun: true })).pushes).to.deep.equal([]);
    expect(heads("first")).to.equal(heads("origin"));
    expect(heads("second")).to.equal(heads("origin"));
    expect(heads("first").split("\n")).to.have.length(4);
  });

  it("follow a branch that another clone has pushed", async () => {
    await mirror({ folder: clone });
    git(root(), "clone", "--quiet", at("origin"), "colleague");
    pushCommit(at("colleague"));
    expect(await findDifferences(verify({ folder: clone }))).to.match(
      /first: refs\/heads\/main is \w{10} and should be/,
    );
    await mirror({ folder: clone });
    expect(heads("second")).to.equal(heads("origin"));
  });

  it("keep their own commits and branches without --force, while other mirrors are updated", async () => {
    await mirror({ folder: clone });
    git(root(), "clone", "--quiet", at("first"), "stray");
    pushCommit(at("stray"), "main:refs/heads/stray");
    const before = heads("first");
    pushCommit(clone);
    git(clone, "push", "--quiet", "origin", "--delete", "staging");
    const differences = await findDifferences(mirror({ folder: clone }));
    expect(differences)
      .to.contain("first: refs/heads/stray is only there")
      .and.contain("second: refs/heads/staging is only there");
    expect(heads("first")).to.equal(before);
    expect(heads("second")).to.contain(heads("origin").split("\n")[0]);
    expect(formatResult(await mirror({ folder: clone, force: true, dryRun: true }))).to.include.members([
      "would delete refs/heads/stray of first",
      "would delete refs/heads/staging of second",
    ]);
    const refused = await expectCode("not-confirmed", () => mirror({ folder: clone, force: true }));
    expect(refused.message).to.contain("type first second");
    expect(heads("first")).to.equal(before);
    await mirror({ folder: clone, force: true, yes: true });
    expect(heads("first")).to.equal(heads("origin"));
    expect(heads("second")).to.equal(heads("origin"));
  });

  it("replace a host that is lost", async () => {
    await mirror({ folder: clone });
    rmSync(at("origin"), { recursive: true });
    await expectCode("git-failed", () => mirror({ folder: clone }));
    git(clone, "remote", "remove", "origin");
    git(root(), "init", "--quiet", "--bare", "new");
    git(clone, "remote", "add", "new", at("new"));
    await mirror({ folder: clone, from: "first" });
    expect(heads("new")).to.equal(heads("first"));
  });

  it("keep all they have when the source is empty: it was lost", async () => {
    await mirror({ folder: clone });
    rmSync(at("origin"), { recursive: true });
    git(root(), "init", "--quiet", "--bare", "--initial-branch=main", "origin");
    const before = heads("first");
    for (const force of [false, true]) {
      await expectCode("git-source-empty", () => mirror({ folder: clone, force }));
      expect(heads("first")).to.equal(before);
    }
    // Nor are they equal to it when they are empty, too.
    git(root(), "init", "--quiet", "--bare", "empty");
    for (const name of ["first", "second"]) git(clone, "remote", "set-url", name, at("empty"));
    await expectCode("git-source-empty", () => verify({ folder: clone }));
  });

  it("are reported by name if they are unreachable, while other mirrors are updated", async () => {
    git(clone, "remote", "set-url", "first", at("nowhere"));
    expect(await findDifferences(mirror({ folder: clone })))
      .to.contain("first: The command `git push` failed")
      .and.contain("nowhere");
    expect(heads("second")).to.equal(heads("origin"));
  });

  it("require a full clone, a mirror and an existing source", async () => {
    git(root(), "clone", "--quiet", "--depth", "1", `file://${at("origin")}`, "shallow");
    await expectCode("git-mirror-missing", () => mirror({ folder: at("shallow") }));
    git(at("shallow"), "remote", "add", "first", at("first"));
    pushCommit(clone);
    git(at("shallow"), "fetch", "--quiet", "--depth", "1");
    await expectCode("git-clone-shallow", () => mirror({ folder: at("shallow") }));
    const error = await expectCode("git-remote-not-found", () => mirror({ folder: clone, from: "missing" }));
    expect(error.message).to.contain("first, origin, second");
  });
});
