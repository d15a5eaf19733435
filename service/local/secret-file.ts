import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Reads a secret that this machine made for itself, or makes it at the first start. Only its owner can read it.
 * @param create makes the secret's text
 */
export async function secretFile(path: string, create: () => string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // Fails if it exists: of two processes that start at once, the second reads what the first has made.
    await writeFile(path, create(), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFile(path, "utf8");
}
