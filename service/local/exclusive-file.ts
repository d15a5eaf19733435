import { randomUUID } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";

/**
 * Creates a file that only its owner can read, unless it exists. Readers see the whole file, and a crash leaves all or nothing: the
 * text is on disk under another name before the file gets its own.
 * @returns whether this call created it
 */
export async function createExclusively(path: string, text: string): Promise<boolean> {
  const complete = `${path}.${randomUUID()}`;
  try {
    await writeFile(complete, text, { flag: "wx", mode: 0o600, flush: true });
    await link(complete, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    await rm(complete, { force: true });
  }
}
