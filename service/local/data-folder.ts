import { chmod, mkdir, mkdtemp, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../config.ts";

const ownerMode = 0o700;
const othersMask = 0o077;
/** The sticky bit marks folders that everybody writes to, such as `/tmp`. */
const stickyBit = 0o1000;

/**
 * Where the embedded backends keep their files: `ECOBEAT_DATA_DIR`, or `.data` in the current folder. It is made when
 * missing, and closed to all but its owner: it holds e-mail addresses and hashes of passwords.
 *
 * @throws {ConfigurationError} if it cannot be made, closed or written to
 */
export async function dataFolder(environment: NodeJS.ProcessEnv): Promise<string> {
  const folder = environment.ECOBEAT_DATA_DIR || ".data";
  try {
    await mkdir(folder, { recursive: true, mode: ownerMode });
    const { mode } = await stat(folder);
    if (mode & stickyBit) throw new Error("it is shared with all users of this machine");
    if (mode & othersMask) await chmod(folder, ownerMode);
    await rmdir(await mkdtemp(join(folder, "writable-")));
    return folder;
  } catch (error) {
    throw new ConfigurationError(
      `The data folder ${folder} cannot be used: ${(error as Error).message}. ` +
        "Set ECOBEAT_DATA_DIR to a folder of your own; it is made when it does not exist.",
      { cause: error },
    );
  }
}
