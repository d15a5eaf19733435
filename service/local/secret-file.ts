import { readFile } from "node:fs/promises";
import { ConfigurationError } from "../config.ts";
import { createExclusively } from "./exclusive-file.ts";

interface SecretFileOptions<T> {
  /** Creates the text of the secret. */
  create(): string;
  /** Parses the secret. Throws if the text is invalid. */
  parse(text: string): T;
}

/**
 * Reads a secret from a file, or creates it at the first start. Only its owner can read it. Of two processes that start at the same
 * time, one creates it, and both read the same.
 *
 * @throws {ConfigurationError} if the file cannot be read or is invalid
 */
export async function secretFile<T>(path: string, { create, parse }: SecretFileOptions<T>): Promise<T> {
  try {
    return parse(await readOrCreate(path, create));
  } catch (error) {
    throw new ConfigurationError(
      `The file ${path} cannot be used: ${(error as Error).message}. ` +
        "Delete it and start again: the server creates a new one. Then all users must log in again.",
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
