import { existsSync, readFileSync, rmSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../config.ts";
import { createExclusively } from "./exclusive-file.ts";

/**
 * Keeps a folder for this process until it exits. The embedded database holds its collections in memory and writes
 * whole files: of two processes on one folder, each would overwrite what the other has stored.
 *
 * @throws {ConfigurationError} if another process has it
 */
export async function lockFolder(folder: string): Promise<void> {
  const path = join(folder, "lock");
  while (!(await createExclusively(path, `${process.pid}`))) {
    const holder = await readLock(path);
    if (holder === undefined) continue;
    if (isRunning(holder)) {
      throw new ConfigurationError(
        `The data folder ${folder} is in use by process ${holder}; two on one folder would lose each other's data. ` +
          "End that process, or use another folder (and port, for a second server): " +
          `PORT=3002 ECOBEAT_DATA_DIR=.data/second npm start. ` +
          `If process ${holder} has nothing to do with this, delete ${path}.`,
      );
    }
    await breakStaleLock(path, holder);
  }
  process.once("exit", () => {
    // Somebody may have deleted it by hand, and another process may have the folder now.
    if (existsSync(path) && readFileSync(path, "utf8") === `${process.pid}`) rmSync(path);
  });
}

/** Breaks the lock that a dead process has left. Of several that try, one moves the file; the others find none. */
async function breakStaleLock(path: string, holder: string): Promise<void> {
  const away = `${path}.${process.pid}`;
  try {
    await rename(path, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return;
  }
  const moved = await readLock(away);
  // Another may have taken the folder over since the holder was read: its lock goes back.
  if (moved !== undefined && moved !== holder) await createExclusively(path, moved);
  await rm(away);
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
  // A container gives each of its runs the same process ids: what has ours is the lock of an earlier run.
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
