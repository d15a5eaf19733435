import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { mirror, verify } from "../../../scripts/git-mirror/mirror.ts";

const author = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.example" };
const committer = { GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.example" };
const environment = { ...process.env, ...author, ...committer, GIT_CONFIG_GLOBAL: "/dev/null" };

describe("Copies of the repository on other remotes", () => {
  let root: string;
  let clone: string;

  const git = (folder: string, ...parameters: string[]) =>
    execFileSync("git", parameters, { cwd: folder, env: environment, stdio: "pipe" }).toString().trim();
  const at = (name: string) => join(root, name);
  const commit = (folder: string, message: string) =>
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message);
  const heads = (name: string) => git(at(name), "for-each-ref", "--format=%(refname) %(objectname)");
  const failure = (work: Promise<string>) =>
    work.then(
      () => "",
      ({ message }: Error) => message,
    );

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ecobeat-mirror-"));
    for (const name of ["origin", "first", "second"]) {
      git(root, "init", "--quiet", "--bare", "--initial-branch=main", name);
    }
    git(root, "clone", "--quiet", at("origin"), "clone");
    clone = at("clone");
    commit(clone, "one");
    git(clone, "tag", "v1");
    git(clone, "tag", "--annotate", "v2", "--message", "two");
    git(clone, "branch", "staging");
    git(clone, "push", "--quiet", "origin", "main", "staging", "v1", "v2");
    for (const name of ["first", "second"]) git(clone, "remote", "add", name, at(name));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("get every branch and tag, and are proven equal", async () => {
    commit(clone, "nobody's business yet");
    git(clone, "branch", "my-own");
    expect(await failure(verify({ folder: clone }))).to.contain("first: refs/heads/main is missing");
    await mirror({ folder: clone });
    expect(heads("first")).to.equal(heads("origin"));
    expect(heads("second")).to.equal(heads("origin"));
    expect(heads("first").split("\n")).to.have.length(4);
    expect(await verify({ folder: clone })).to.equal(
      "first and second: equal to origin in all 4 branches and tags",
    );
  });

  it("follow a branch that has moved, whatever the clone has checked out", async () => {
    await mirror({ folder: clone });
    git(root, "clone", "--quiet", at("origin"), "colleague");
    commit(at("colleague"), "two");
    git(at("colleague"), "push", "--quiet", "origin", "main");
    expect(await failure(verify({ folder: clone }))).to.match(
      /first: refs\/heads\/main is \w{10} and should be/,
    );
    await mirror({ folder: clone });
    expect(heads("second")).to.equal(heads("origin"));
  });

  it("keep commits of their own, until told otherwise", async () => {
    await mirror({ folder: clone });
    git(root, "clone", "--quiet", at("first"), "stray");
    commit(at("stray"), "only here");
    git(at("stray"), "push", "--quiet", "origin", "main", "main:refs/heads/stray");
    const before = heads("first");
    commit(clone, "elsewhere");
    git(clone, "push", "--quiet", "origin", "main");
    const message = await failure(mirror({ folder: clone }));
    expect(message).to.contain("first: refs/heads/stray is only there").and.contain("git mirror --force");
    expect(heads("first")).to.equal(before);
    // One copy that refuses does not keep the next from its own.
    expect(heads("second")).to.equal(heads("origin"));
    await mirror({ folder: clone, force: true });
    expect(heads("first")).to.equal(heads("origin"));
  });

  it("lose a branch that was deleted only when told so", async () => {
    await mirror({ folder: clone });
    git(clone, "push", "--quiet", "origin", "--delete", "staging");
    expect(await failure(mirror({ folder: clone }))).to.contain("refs/heads/staging is only there");
    expect(heads("first")).to.contain("refs/heads/staging");
    await mirror({ folder: clone, force: true });
    expect(heads("first")).to.equal(heads("origin"));
  });

  it("take the place of a host that is lost", async () => {
    await mirror({ folder: clone });
    rmSync(at("origin"), { recursive: true });
    expect(await failure(mirror({ folder: clone }))).to.contain("`git fetch` failed");
    git(clone, "remote", "remove", "origin");
    git(root, "init", "--quiet", "--bare", "new");
    git(clone, "remote", "add", "new", at("new"));
    await mirror({ folder: clone, from: "first" });
    expect(heads("new")).to.equal(heads("first"));
  });

  it("are told by name when one cannot be reached, and the others are done", async () => {
    git(clone, "remote", "set-url", "first", at("nowhere"));
    const message = await failure(mirror({ folder: clone }));
    expect(message).to.contain("first: `git push` failed").and.contain("nowhere");
    expect(heads("second")).to.equal(heads("origin"));
  });

  it("cannot be made of a shallow clone, of no other remote, or of one that does not exist", async () => {
    git(root, "clone", "--quiet", "--depth", "1", `file://${at("origin")}`, "shallow");
    expect(await failure(mirror({ folder: at("shallow") }))).to.contain("`origin` is the only remote");
    git(at("shallow"), "remote", "add", "first", at("first"));
    commit(clone, "two");
    git(clone, "push", "--quiet", "origin", "main");
    git(at("shallow"), "fetch", "--quiet", "--depth", "1");
    expect(await failure(mirror({ folder: at("shallow") }))).to.contain("This clone is shallow");
    expect(await failure(mirror({ folder: clone, from: "nobody" }))).to.contain(
      "There is no remote `nobody`",
    );
  });
});
