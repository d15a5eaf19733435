import { randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigurationError } from "../config.ts";
import { type UnavailableError, withTimeout } from "../platform/deadline.ts";
import { createExclusively } from "./exclusive-file.ts";

const ownerMode = 0o700;
const othersMask = 0o077;
/** Marks folders that all users write to, such as `/tmp`. */
const stickyBit = 0o1000;

/** The `code` of the {@link UnavailableError} of a file system that does not respond. */
export const fileSystem = "the file system";

/** The server's files, also those that are not yet complete: a folder with one of them is its own. */
const ownFile = /^(refresh-token-pepper|sessions\.json|signing-key\.pem|writable-)/;

/** A local disk takes milliseconds. A network drive that is gone never responds. */
const limitMilliseconds = 5_000;

/**
 * The folder of the embedded backends: `ECOBEAT_DATA_DIR`, or `.data` in the current folder. It is created if missing. Only its owner
 * gets access: it contains e-mail addresses and password hashes.
 *
 * @throws {ConfigurationError} if it cannot be created, protected or written to
 */
export async function dataFolder(environment: NodeJS.ProcessEnv): Promise<string> {
  const folder = environment.ECOBEAT_DATA_DIR || ".data";
  await usingDataFolder(folder, prepare(folder));
  return folder;
}

/**
 * The result of work in the data folder.
 *
 * @throws {ConfigurationError} if the work fails, or takes longer than any that succeeds
 */
export async function usingDataFolder<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await withTimeout(fileSystem, limitMilliseconds, work);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(
      `The data folder ${folder} cannot be used: ${(error as Error).message}. ` +
        "Set ECOBEAT_DATA_DIR to a folder of your own on a local disk. The server creates it if it does not exist.",
      { cause: error },
    );
  }
}

async function prepare(folder: string): Promise<void> {
  await create(folder);
  const { mode } = await stat(folder);
  if (mode & stickyBit) throw new Error("all users of this machine share it");
  if (mode & othersMask) {
    const names = await readdir(folder);
    if (names[0] && !names.some((name) => ownFile.test(name)))
      throw new Error(`it contains ${names[0]}, and others, who have access to it, would lose it`);
    await chmod(folder, ownerMode);
  }
  // In the way in which keys and the lock are created: not every network drive has hard links.
  const file = join(folder, `writable-${randomUUID()}`);
  await createExclusively(file, "");
  await rm(file);
}

/** Creates a folder and those above it. Node.js's own `recursive` never ends where nothing can be created in a parent, as in `/proc`. */
async function create(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: ownerMode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(folder);
    if (code === "EEXIST" && (await stat(folder)).isDirectory()) return;
    if (code !== "ENOENT" || parent === folder || (await exists(parent))) throw error;
    await create(parent);
    await create(folder);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
