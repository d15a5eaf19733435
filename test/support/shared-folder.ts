import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sharedFolderVariable } from "./temporary-root.ts";

let own: Promise<string> | undefined;

/** For a run without `temporary-root.ts`: one for each process, which removes it. */
function ownFolder(): Promise<string> {
  own ??= createOwnFolder();
  return own;
}

async function createOwnFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-shared-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Fills a folder that all tests of a run share, in all its workers. They only read it.
 *
 * @param name of the folder
 * @param fill runs if the folder does not exist yet, in one worker; the others wait
 * @returns its path
 */
export async function shareFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const shared = process.env[sharedFolderVariable] ?? (await ownFolder());
  const folder = join(shared, name);
  const lock = `${folder}.lock`;
  await mkdir(shared, { recursive: true });
  while (!existsSync(folder)) {
    if (!(await tryToCreate(lock))) {
      await delay(50);
      continue;
    }
    try {
      if (!existsSync(folder)) await fillCompletely(folder, fill);
    } finally {
      await rmdir(lock);
    }
  }
  return folder;
}

const tryToCreate = (lock: string): Promise<boolean> =>
  mkdir(lock).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      return false;
    },
  );

async function fillCompletely(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const made = await mkdtemp(`${folder}-`);
  await fill(made);
  await rename(made, folder);
}

/** A text that the first test of a run to need it computes, for all its workers. */
export function shareText(name: string, compute: () => string): string {
  const shared = process.env[sharedFolderVariable];
  if (!shared) return compute();
  const path = join(shared, name);
  if (existsSync(path)) return readFileSync(path, "utf8");
  const text = compute();
  mkdirSync(shared, { recursive: true });
  const made = `${path}-${process.pid}`;
  writeFileSync(made, text);
  renameSync(made, path);
  return text;
}
