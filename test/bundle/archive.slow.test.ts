import { execFile } from "node:child_process";
import { cp, readdir, readFile, rename, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { unzipSync } from "fflate";
import {
  buildAccountsArchive,
  buildBackupArchive,
  buildLambdaArchive,
  buildPreTrafficArchive,
  type LambdaArchive,
  repositoryRoot,
  zip,
} from "../../scripts/build/archive.ts";
import { git } from "../../scripts/git-mirror/git.ts";
import { rebuildArchives } from "../../scripts/release/rebuild.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

describe("The Lambda archives", () => {
  const folder = useTemporaryFolder();

  /** A copy of all sources of the archives. */
  async function copySources(name: string): Promise<string> {
    const copy = join(folder(), name);
    for (const part of [
      "main.ts",
      "service",
      "scripts",
      "stacks",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
    ]) {
      await cp(join(repositoryRoot, part), join(copy, part), { recursive: true });
    }
    await symlink(join(repositoryRoot, "node_modules"), join(copy, "node_modules"));
    return copy;
  }

  const names = ["lambda-arm64", "backups", "pre-traffic", "accounts"];

  const read = (copy: string) => Promise.all(names.map((name) => readFile(join(copy, `dist/${name}.zip`))));

  /** Builds the archive of the service in a copy. */
  async function buildService(copy: string): Promise<Buffer> {
    const builder: typeof import("../../scripts/build/archive.ts") = await import(
      pathToFileURL(join(copy, "scripts/build/archive.ts")).href
    );
    return readFile((await builder.buildLambdaArchive("arm64")).path);
  }

  /** Those of this folder, of two builds of the service at the same time. */
  let here: readonly Buffer[];
  let services: readonly LambdaArchive[];

  before(async () => {
    services = await Promise.all([buildLambdaArchive("arm64"), buildLambdaArchive("arm64")]);
    const others = [await buildBackupArchive(), await buildPreTrafficArchive(), await buildAccountsArchive()];
    here = await Promise.all([services[0]!, ...others].map(({ path }) => readFile(path)));
  });

  it("have the same bytes, independent of folder, time and user", async () => {
    const copy = await copySources("another-folder/with a space");
    const longAgo = new Date("1999-12-31T23:59:59Z");
    await utimes(join(copy, "service/lambda.ts"), longAgo, longAgo);
    const script = 'umask 077 && exec "$0" scripts/run.cjs scripts/build/command.ts';
    const env = { ...process.env, TZ: "Pacific/Auckland" };
    await run("sh", ["-c", script, process.execPath], { cwd: copy, env });
    for (const [index, archive] of (await read(copy)).entries()) {
      expect(archive.equals(here[index]!), names[index]).to.equal(true);
    }
  });

  it("are what their commit builds again", async function () {
    const isCommitted = await git(repositoryRoot, "status", "--porcelain").then(
      (changes) => changes === "",
      () => false,
    );
    if (!isCommitted) return this.skip();
    const rebuilt = await rebuildArchives(repositoryRoot, "HEAD", "arm64", (checkout) =>
      symlink(join(repositoryRoot, "node_modules"), join(checkout, "node_modules")),
    );
    expect(here[0]!.equals(rebuilt.service), "service").to.equal(true);
    expect(here[2]!.equals(rebuilt.preTraffic), "preTraffic").to.equal(true);
  });

  it("change with the content and the name of a file", async () => {
    const copy = await copySources("changing");
    const problems = join(copy, "service/platform/problems.ts");

    const text = await readFile(problems, "utf8");
    await writeFile(problems, text.replace("Malformed JSON", "Malformed JSOM"));
    const changed = await buildService(copy);
    expect(changed.equals(here[0]!)).to.equal(false);

    await rename(problems, join(copy, "service/platform/renamed.ts"));
    await replaceIn(join(copy, "service"), "/problems.ts", "/renamed.ts");
    expect((await buildService(copy)).equals(changed)).to.equal(false);
  });

  it("are kept from one synthesis to the next, and built for a deployment", async () => {
    const copy = await copySources("kept");
    const start = (...args: string[]) =>
      run(process.execPath, ["scripts/run.cjs", ...args], {
        cwd: copy,
        env: { ...process.env, CDKTF_OUTDIR: "cdktf.out" },
      });
    /** A build replaces each file by another one. */
    const getInodes = () => Promise.all(names.map(async (name) => (await stat(join(copy, `dist/${name}.zip`))).ino));
    await start("main.ts");
    const [built, inodes] = [await read(copy), await getInodes()];
    await start("main.ts");
    expect(await getInodes()).to.deep.equal(inodes);

    await start("scripts/ops.ts", "deploy", "--environment", "staging", "--dry-run");
    for (const [index, inode] of (await getInodes()).entries()) expect(inode, names[index]).to.not.equal(inodes[index]);
    expect(await read(copy)).to.deep.equal(built);
  });

  it("depend on what builds them, and on what that reads of the service", () => {
    expect(services[0]!.inputs).to.include.members([
      "service/lambda.ts",
      "scripts/build/archive.ts",
      "scripts/build/lighter-packages.ts",
      "service/contract.ts",
      "service/platform/redis-commands.ts",
      "node_modules/argon2/prebuilds/linux-arm64/argon2.armv8.glibc.node",
    ]);
  });

  it("survive two concurrent builds", () => {
    const [one, other] = services;
    expect(one!.sha256).to.equal(other!.sha256);
    expect(unzipSync(here[0]!)).to.have.property("index.js");
  });
});

describe("A ZIP file", () => {
  const [one, two] = [Buffer.from("one"), Buffer.from("two")];
  const same = (a: Record<string, Uint8Array>, b: Record<string, Uint8Array>) => Buffer.from(zip(a)).equals(zip(b));

  it("does not depend on the order of its files", () => {
    expect(same({ a: one, b: two }, { b: two, a: one })).to.equal(true);
  });

  it("depends on every name and every content", () => {
    expect(same({ a: one, b: two }, { a: one, c: two })).to.equal(false);
    expect(same({ a: one, b: two }, { a: two, b: one })).to.equal(false);
  });
});

/** Replaces a text in every file of a folder. */
async function replaceIn(folder: string, from: string, to: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, "utf8");
    if (!text.includes(from)) continue;
    await writeFile(path, text.replaceAll(from, to));
  }
}
