import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import type { Architecture } from "../../scripts/build/native-binary.ts";

const run = promisify(execFile);

/** What the phones of a version run. */
export type MobileClient = Pick<typeof import("../../clients/mobile/index.ts"), "ActivityQueue" | "createClient">;

/** The sources of a version in a folder of their own, with what they are built to. */
export interface Checkout {
  /** Folder of the unzipped archive of the service. */
  readonly archive: string;
  readonly client: MobileClient;
  remove(): Promise<void>;
}

/** A change of sources before they are built. */
export type Patch = (folder: string) => Promise<void>;

/**
 * Copies the sources of a commit, and builds its archive with its builder.
 * @param commit @default the files of this checkout, committed or not
 * @param patch @default the sources stay as they are
 */
export async function createCheckout(commit?: string, patch: Patch = async () => {}): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-compat-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const sources = join(folder, "sources");
    await mkdir(sources);
    await (commit === undefined ? copyFiles(sources) : extract(commit, sources));
    await installPackages(sources);
    await patch(sources);
    const archive = join(folder, "archive");
    await (commit === undefined ? buildService(sources) : buildAll(sources));
    await unzip(join(sources, "dist", `lambda-${process.arch}.zip`), archive);
    const client: MobileClient = await import(pathToFileURL(join(sources, "clients/mobile/index.ts")).href);
    return { archive, client, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A commit has another builder, and only its command stays the same. */
const buildAll = (sources: string) =>
  run("npm", ["run", "bundle", "--", "--architecture", process.arch], { cwd: sources });

/** In this process, and without the archives of the other functions: in half the time. */
async function buildService(sources: string): Promise<void> {
  const { buildLambdaArchive }: typeof import("../../scripts/build/archive.ts") = await import(
    pathToFileURL(join(sources, "scripts/build/archive.ts")).href
  );
  await buildLambdaArchive(process.arch as Architecture);
}

/** Copies what git would commit. */
async function copyFiles(to: string): Promise<void> {
  const options = { cwd: repositoryRoot, maxBuffer: 2 ** 26 };
  const listed = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], options);
  const deleted = await run("git", ["ls-files", "-z", "--deleted"], options);
  const gone = new Set(deleted.stdout.split("\0"));
  for (const file of new Set(listed.stdout.split("\0"))) {
    if (!gone.has(file)) await cp(join(repositoryRoot, file), join(to, file), { verbatimSymlinks: true });
  }
}

async function extract(commit: string, to: string): Promise<void> {
  const tar = `${to}.tar`;
  await run("git", ["archive", "--output", tar, commit], { cwd: repositoryRoot });
  await run("tar", ["-xf", tar, "-C", to]);
  await rm(tar);
}

/** The packages of this checkout, if the version has the same, or else those of its own lock file. */
async function installPackages(folder: string): Promise<void> {
  const [own, other] = await Promise.all(
    [repositoryRoot, folder].map((root) => readFile(join(root, "package-lock.json"), "utf8")),
  );
  // `cp` would copy a link as a link, and npm would then change the packages that it leads to.
  const packages = await realpath(join(repositoryRoot, "node_modules"));
  if (own === other) return symlink(packages, join(folder, "node_modules"));
  const options = { cwd: folder, maxBuffer: 2 ** 26 };
  try {
    // Most are the same. npm replaces whole folders of the others, so that their files may be links.
    await run("cp", ["-al", packages, "node_modules"], options);
    // But it writes into this file.
    const list = join("node_modules", ".package-lock.json");
    await rm(join(folder, list));
    await cp(join(repositoryRoot, list), join(folder, list));
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-save"], options);
  } catch {
    // The folder is on another disk, or this system's `cp` makes no links.
    await run("npm", ["ci", "--ignore-scripts", "--no-audit"], options);
  }
}

async function unzip(archive: string, to: string): Promise<void> {
  for (const [name, contents] of Object.entries(unzipSync(await readFile(archive)))) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    await writeFile(join(to, name), contents);
  }
}
