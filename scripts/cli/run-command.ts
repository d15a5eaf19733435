import { ConfigurationError } from "../../service/config.ts";
import { OperatorError } from "./errors.ts";

/** Runs a command. Any failure sets exit status 1; an error that tells the operator what to do has no stack trace. */
export async function runCommand(command: () => Promise<unknown>): Promise<void> {
  try {
    await command();
  } catch (error) {
    const isForOperator = error instanceof OperatorError || error instanceof ConfigurationError;
    console.error(isForOperator ? error.message : error);
    process.exitCode = 1;
  }
}
