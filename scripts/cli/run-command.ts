import { ConfigurationError } from "../../service/config.ts";
import { BackupError } from "../backup/errors.ts";

/** Runs a command. What a person can do something about is told without a stack trace; any failure ends with 1. */
export async function runForPeople(command: () => Promise<unknown>): Promise<void> {
  try {
    await command();
  } catch (error) {
    const isForPeople = error instanceof ConfigurationError || error instanceof BackupError;
    console.error(isForPeople ? error.message : error);
    process.exitCode = 1;
  }
}
