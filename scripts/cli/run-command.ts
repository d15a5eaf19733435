import { styleText } from "node:util";
import { ConfigurationError } from "../../service/config.ts";
import { ConstructError } from "../../stacks/errors.ts";
import { OperatorError } from "./errors.ts";
import { getInterruptionStatus, interrupt, toExitStatus } from "./interruptible.ts";

/** Runs a command and sets its exit status. It prints an error for people without its stack trace. */
export async function runCommand(command: () => Promise<unknown>): Promise<void> {
  // The warning that the SDK will need Node 22 is for deployments, https://github.com/aws/aws-sdk-js-v3/issues/7983.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  for (const stream of [process.stdout, process.stderr])
    stream.off("error", endWithoutReader).on("error", endWithoutReader);
  try {
    await command();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") endWithoutReader(error as Error);
    const isForOperator = [OperatorError, ConfigurationError, ConstructError].some((type) => error instanceof type);
    console.error(isForOperator ? styleText("red", (error as Error).message, { stream: process.stderr }) : error);
    process.exitCode = error instanceof OperatorError ? error.exitStatus : 1;
  }
  process.exitCode = getInterruptionStatus() ?? process.exitCode;
}

/** Ends as any program does in `| head -1`: without a message, and with the status of SIGPIPE, which Node.js ignores. */
function endWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  if (!interrupt("SIGPIPE")) process.exit(toExitStatus("SIGPIPE"));
}
