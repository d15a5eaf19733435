import { ConfigurationError } from "../../service/config.ts";
import { ConstructError } from "../../stacks/errors.ts";
import { OperatorError } from "./errors.ts";

/** Runs a command and sets its exit status. It prints an error for people without its stack trace. */
export async function runCommand(command: () => Promise<unknown>): Promise<void> {
  try {
    await command();
  } catch (error) {
    const isForOperator = [OperatorError, ConfigurationError, ConstructError].some((type) => error instanceof type);
    console.error(isForOperator ? (error as Error).message : error);
    process.exitCode = error instanceof OperatorError ? error.exitStatus : 1;
  }
}
