import { readFile } from "node:fs/promises";
import { ConfigurationError } from "../config.ts";
import { createExclusively } from "./exclusive-file.ts";

interface SecretFileOptions<T> {
  /** Makes the secret's text. */
  create(): string;
  /** Reads the secret from its text; throws if it is none. */
  parse(text: string): T;
}

/**
 * Reads a secret that this machine made for itself, or makes it at the first start. Only its owner can read it. Of two
 * processes that start at once, one makes it and both read that one.
 *
 * @throws {ConfigurationError} if the file cannot be read or holds something else
 */
export async function secretFile<T>(path: string, { create, parse }: SecretFileOptions<T>): Promise<T> {
  try {
    return parse(await readOrCreate(path, create));
  } catch (error) {
    throw new ConfigurationError(
      `The file ${path} cannot be used: ${(error as Error).message}. ` +
        "Delete it and start again to have a new one made; who is logged in has to log in again then.",
      { cause: error },
    );
  }
}

async function readOrCreate(path: string, create: () => string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await createExclusively(path, create());
    return readFile(path, "utf8");
  }
}
