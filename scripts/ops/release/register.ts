import { type Command, InvalidArgumentError, Option } from "commander";
import { deployedEnvironments } from "../../../service/contract.ts";
import type { RollbackOptions } from "./rollback.ts";

/** Adds what releases are done with to a program. */
export function registerRelease(program: Command): void {
  program
    .command("rollback")
    .description("move all requests back to the version before, in seconds, without CodeDeploy")
    .addOption(
      new Option("--environment <name>", "the environment to work on")
        .choices(deployedEnvironments)
        .makeOptionMandatory(),
    )
    .option(
      "--to <version>",
      "a version of the function api; auth gets the same archive (default: the one before)",
      version,
    )
    .option("--yes", "ask nothing")
    .option("--dry-run", "say what would be moved, and move nothing")
    .option("--json", "for machines")
    .addHelpText("after", "\nRun again after an interruption, it does what is left. See docs/releases.md.")
    .action(async (options: RollbackOptions) => (await import("./rollback.ts")).rollback(options));
}

function version(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("It must be the number of a version.");
}
