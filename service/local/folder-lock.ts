import { existsSync, readFileSync, rmSync } from "node:fs";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../config.ts";
import { createExclusively } from "./exclusive-file.ts";

/**
 * Locks a folder for this process until it exits. Embedded backends keep their data in memory and write whole files: two
 * processes with one folder would overwrite each other's data.
 *
 * @throws {ConfigurationError} if another process has the lock
 */
export async function lockFolder(folder: string): Promise<void> {
  const path = join(folder, "lock");
  while (!(await createLock(folder, path))) {
    const holder = await readLock(path);
    if (holder === undefined) continue;
    if (isRunning(holder)) {
      throw new ConfigurationError(
        `The data folder ${folder} is in use by process ${holder}. Two servers would overwrite each other's data. ` +
          "End that process, or use another folder and port: PORT=3002 ECOBEAT_DATA_DIR=.data/second npm start. " +
          `If process ${holder} is not a server of this folder, delete ${path}.`,
      );
    }
    await breakStaleLock(path, holder);
  }
  if (held.size === 0) process.once("exit", unlockAll);
  held.add(path);
}

/** Paths of the locks of this process. */
const held = new Set<string>();

function unlockAll(): void {
  for (const path of held) {
    // A developer may have deleted the file, and another process may have the lock now.
    if (existsSync(path) && readFileSync(path, "utf8") === `${process.pid}`) rmSync(path);
  }
}

/**
 * Creates the lock, unless there is one, or one that another process has moved aside to break it although its holder runs: until that
 * process restores it, it is not at its place.
 */
async function createLock(folder: string, path: string): Promise<boolean> {
  if (!(await createExclusively(path, `${process.pid}`))) return false;
  for (const name of await readdir(folder)) {
    if (!/^lock\.\d+$/.test(name)) continue;
    const moved = join(folder, name);
    const holder = await readLock(moved);
    if (holder === `${process.pid}` || (holder !== undefined && isRunning(holder))) await restore(moved, path);
    // Not removed otherwise: by now, that process may have moved another one there.
  }
  return (await readLock(path)) === `${process.pid}`;
}

/** Restores a lock in place of any that was created since. Another process may have done so. */
async function restore(moved: string, path: string): Promise<void> {
  await rename(moved, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

/** Breaks the lock of a dead process. Of several processes that try, one moves the file, and the others find none. */
async function breakStaleLock(path: string, holder: string): Promise<void> {
  const movedPath = `${path}.${process.pid}`;
  try {
    await rename(path, movedPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return;
  }
  const moved = await readLock(movedPath);
  // Another process may have got the lock since the holder was read.
  if (moved !== undefined && moved !== holder) await restore(movedPath, path);
  else await rm(movedPath, { force: true });
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

function isRunning(holder: string): boolean {
  const pid = Number(holder);
  // A container gives each run the same process ids: a lock with our id is from an earlier run.
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
