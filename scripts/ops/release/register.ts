import { type Command, InvalidArgumentError, Option } from "commander";
import { deployedEnvironments } from "../../../service/contract.ts";
import type { RollbackOptions } from "./rollback.ts";
import type { StatusOptions } from "./status.ts";

/** Adds `rollback` and `status` to a program. */
export function registerRelease(program: Command): void {
  program
    .command("rollback")
    .description("put the release before back, in seconds: all requests go to its versions at once")
    .addOption(environmentOption().makeOptionMandatory())
    .option(
      "--to <version>",
      "another one: a version of `api`; `auth` takes the one with the same archive",
      version,
    )
    .option("--yes", "ask nothing")
    .option("--dry-run", "say what would be moved, and move nothing")
    .option("--json", "print what was moved, for machines")
    .addHelpText("after", "\nRun again, it does what is left, and nothing more. See docs/releases.md.")
    .action(async (options: RollbackOptions) => (await import("./rollback.ts")).rollback(options));
  program
    .command("status")
    .description("show what runs in each environment, since when, and what it could be rolled back to")
    .addOption(environmentOption())
    .option("--history", "also who moved what, and when, newest first")
    .option("--json", "for machines")
    .addHelpText("after", "\nEach environment has an account of its own: credentials of one show that one.")
    .action(async (options: StatusOptions) => (await import("./status.ts")).status(options));
}

function environmentOption(): Option {
  return new Option("--environment <name>", "the environment to work on").choices(deployedEnvironments);
}

function version(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the number of a version, such as 12.");
}
