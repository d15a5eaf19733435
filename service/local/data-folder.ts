import { chmod, mkdir, mkdtemp, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../config.ts";

const ownerMode = 0o700;
const othersMask = 0o077;
/** Marks folders that all users write to, such as `/tmp`. */
const stickyBit = 0o1000;

/**
 * The folder of the embedded backends: `ECOBEAT_DATA_DIR`, or `.data` in the current folder. It is created if missing. Only its owner
 * gets access: it contains e-mail addresses and password hashes.
 *
 * @throws {ConfigurationError} if it cannot be created, protected or written to
 */
export async function dataFolder(environment: NodeJS.ProcessEnv): Promise<string> {
  const folder = environment.ECOBEAT_DATA_DIR || ".data";
  try {
    await mkdir(folder, { recursive: true, mode: ownerMode });
    const { mode } = await stat(folder);
    if (mode & stickyBit) throw new Error("all users of this machine share it");
    if (mode & othersMask) await chmod(folder, ownerMode);
    await rmdir(await mkdtemp(join(folder, "writable-")));
    return folder;
  } catch (error) {
    throw new ConfigurationError(
      `The data folder ${folder} cannot be used: ${(error as Error).message}. ` +
        "Set ECOBEAT_DATA_DIR to a folder of your own. The server creates it if it does not exist.",
      { cause: error },
    );
  }
}
