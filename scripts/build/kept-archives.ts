import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import type { LambdaArchive } from "./archive.ts";
import type { Architecture } from "./native-binary.ts";

/** An archive, without what only its build knows. */
export type KeptArchive = Pick<LambdaArchive, "path" | "sha256">;

type Archives<Name extends string, T> = Readonly<Record<Name, T>>;

/** What `.cache/archives.json` holds. */
interface Kept<Name extends string> {
  /** Digest of everything that the build reads, and of the rest of this object. */
  readonly key: string;
  /** Files that were read, from the repository's folder. */
  readonly inputs: readonly string[];
  /** With paths from the repository's folder. */
  readonly archives: Archives<Name, KeptArchive>;
}

/** Variables for a synthesis whose stacks are deployed: it builds the archives. */
export const withBuiltArchives = { ECOBEAT_ARCHIVES: "build" } as const;

/** With these variables, esbuild finds packages, or itself, at places that are not compared. */
const redirections = ["NODE_PATH", "ESBUILD_BINARY_PATH"];

/**
 * The archives of all functions, for a synthesis: those of the last one, if nothing that they depend on has changed.
 *
 * @param root folder of the repository
 * @throws as the builds of `archive.ts` do
 */
export function getArchives(root: string, architecture: Architecture) {
  const build = async () => {
    const { buildAccountsArchive, buildBackupArchive, buildLambdaArchive, buildPreTrafficArchive } = await import(
      "./archive.ts"
    );
    const [archive, accountsArchive, backupArchive, preTrafficArchive] = await Promise.all([
      buildLambdaArchive(architecture),
      buildAccountsArchive(),
      buildBackupArchive(),
      buildPreTrafficArchive(),
    ]);
    return { archive, accountsArchive, backupArchive, preTrafficArchive };
  };
  return keepArchives(root, architecture, build, performance.timeOrigin);
}

/**
 * Builds archives, or returns those of the last build if it would build the same: if no file that it read, no folder in which it looked
 * for one, no package or setting of the build, and no archive has changed. Contents are compared, not times. Only the last build is
 * kept. A release never uses it: it builds.
 *
 * @param root folder of the repository
 * @param settings what the archives depend on beside files, such as the architecture
 * @param loadedAt when the sources of the build may have been loaded, in milliseconds since 1970. @default when it starts
 * @throws {OperatorError} if `ECOBEAT_ARCHIVES` has a value other than `build`
 * @throws what `build` throws. What cannot be kept is built again the next time
 */
export async function keepArchives<Name extends string>(
  root: string,
  settings: string,
  build: () => Promise<Archives<Name, LambdaArchive>>,
  loadedAt = Number.POSITIVE_INFINITY,
): Promise<Archives<Name, KeptArchive>> {
  // Without the rest of what they know, which would take tens of megabytes.
  const buildKept = async () => {
    const built = await build();
    const inputs = [...new Set(Object.values<LambdaArchive>(built).flatMap((archive) => archive.inputs))].sort();
    return { inputs, archives: mapArchives(built, ({ path, sha256 }) => ({ path, sha256 })) };
  };
  const wanted = process.env.ECOBEAT_ARCHIVES;
  if (wanted && wanted !== withBuiltArchives.ECOBEAT_ARCHIVES) {
    throw new OperatorError("archives-variable-unknown", {
      what: `ECOBEAT_ARCHIVES is "${wanted}".`,
      why: "Its only value is `build`, which builds the archives for a deployment.",
      action: "Set ECOBEAT_ARCHIVES=build, or unset it to use the archives of the last build.",
    });
  }
  if (wanted || redirections.some((name) => process.env[name])) return (await buildKept()).archives;
  const file = join(root, ".cache", "archives.json");
  const kept = readKept<Name>(root, settings, file);
  if (kept) return kept;
  const startedAt = clear(file);
  const { inputs, archives } = await buildKept();
  if (startedAt !== undefined) keep(root, settings, file, Math.min(startedAt, loadedAt), inputs, archives);
  return archives;
}

const mapArchives = <Name extends string>(
  archives: Archives<Name, KeptArchive>,
  map: (archive: KeptArchive) => KeptArchive,
) =>
  Object.fromEntries(Object.entries<KeptArchive>(archives).map(([name, archive]) => [name, map(archive)])) as Archives<
    Name,
    KeptArchive
  >;

function readKept<Name extends string>(
  root: string,
  settings: string,
  file: string,
): Archives<Name, KeptArchive> | undefined {
  try {
    const { key, inputs, archives } = JSON.parse(readFileSync(file, "utf8")) as Kept<Name>;
    if (key !== computeKey(root, settings, inputs, archives)) return undefined;
    return mapArchives(archives, ({ path, sha256 }) => {
      const found = createHash("sha256")
        .update(readFileSync(join(root, path)))
        .digest("base64");
      if (found !== sha256) throw new Error(`${path} has changed.`);
      return { path: join(root, path), sha256 };
    });
  } catch {
    // It does not exist, it or an archive is damaged, or an input is gone.
    return undefined;
  }
}

/**
 * Empties the file, so that an interrupted build leaves nothing.
 * @returns when, by the clock of the file system; undefined if it cannot be written
 */
function clear(file: string): number | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    return statSync(file).ctimeMs;
  } catch {
    return undefined;
  }
}

function keep(
  root: string,
  settings: string,
  file: string,
  startedAt: number,
  inputs: readonly string[],
  built: Archives<string, KeptArchive>,
): void {
  const archives = mapArchives(built, ({ path, sha256 }) => ({ path: relative(root, path), sha256 }));
  try {
    const key = computeKey(root, settings, inputs, archives, startedAt);
    writeFileSync(file, JSON.stringify({ key, inputs, archives } satisfies Kept<string>));
  } catch {
    // Next time, it is built again.
  }
}

/** The packages that npm has installed, esbuild among them. It differs from `package-lock.json` until `npm ci`. */
const installed = "node_modules/.package-lock.json";

/**
 * Digest of all on which a build depends.
 *
 * @param builtAt when the build started. @default it is not compared
 * @throws if a file is missing, or has changed since the build started: the build may have read what it was before
 */
function computeKey(
  root: string,
  settings: string,
  inputs: readonly string[],
  archives: Archives<string, KeptArchive>,
  builtAt = Number.POSITIVE_INFINITY,
): string {
  const hash = createHash("sha256").update(JSON.stringify({ settings, inputs, archives }));
  const add = (path: string, contents: Uint8Array | string): void => {
    if (builtAt <= statSync(join(root, path)).ctimeMs) throw new Error(`${path} has changed since the build started.`);
    hash.update(`\0${path}\0${contents.length}\0`).update(contents);
  };
  const rootSettings = readdirSync(root).filter((name) => name.endsWith(".json"));
  const files = new Set([...inputs, ...rootSettings, installed]);
  for (const [folder, names] of readFolders(root, files)) {
    add(folder, names.join("\0"));
    for (const name of settingsOfFolders) if (names.includes(name)) files.add(join(folder, name));
  }
  for (const path of files) add(path, readFileSync(join(root, path)));
  return hash.digest("hex");
}

/** What esbuild reads in each folder on the way from a source to the root, and does not list. */
const settingsOfFolders = ["package.json", "tsconfig.json"];

/**
 * The names in the folders in which esbuild looks for a module: those of the files and above them, and of packages. A new name may
 * come before the one that it found. Not the root, where builds leave folders: no module is there.
 */
function readFolders(root: string, files: Iterable<string>): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  const read = (folder: string): void => {
    if (folders.has(folder)) return;
    const names = readdirSync(join(root, folder)).sort();
    folders.set(folder, names);
    if (names.includes("node_modules")) read(`${folder}/node_modules`);
    const scopes = basename(folder) === "node_modules" ? names.filter((name) => name.startsWith("@")) : [];
    for (const scope of scopes) read(`${folder}/${scope}`);
  };
  for (const file of files) {
    for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) read(folder);
  }
  for (let outer = dirname(root), path = ".."; ; outer = dirname(outer), path += "/..") {
    if (existsSync(join(outer, "node_modules"))) read(`${path}/node_modules`);
    if (outer === dirname(outer)) return folders;
  }
}
