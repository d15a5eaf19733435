import { loadEnvFile } from "node:process";
import { ConfigurationError } from "../config.ts";

/**
 * Sets the variables of a file `.env` in the current folder. Those that the environment already has, even empty ones, keep their values.
 *
 * @throws {ConfigurationError} if the file exists and cannot be read
 */
export function loadEnvironmentFile(): void {
  try {
    loadEnvFile();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return;
    throw new ConfigurationError(
      `The file .env in this folder cannot be read: ${message}. Correct it, or delete it to start without it.`,
      { cause: error },
    );
  }
}
