import { ConfigurationError } from "../../service/config.ts";
import { OperatorError } from "./errors.ts";

/** Runs a command and sets its exit status. It prints an {@link OperatorError} without a stack trace. */
export async function runCommand(command: () => Promise<unknown>): Promise<void> {
  try {
    await command();
  } catch (error) {
    const isForOperator = error instanceof OperatorError || error instanceof ConfigurationError;
    console.error(isForOperator ? error.message : error);
    process.exitCode = error instanceof OperatorError ? error.exitStatus : 1;
  }
}
