import type { Command } from "commander";
import { dryRunOption, environmentOption } from "../cli/options.ts";

/** Registers `migrate`. */
export function registerMigrations(program: Command): void {
  program
    .command("migrate")
    .description("create the missing indexes of the database")
    .addOption(environmentOption())
    .addOption(dryRunOption().default(false))
    .addHelpText(
      "after",
      "\nWith --environment, a Lambda function runs the command in the network of the environment. Otherwise the database is that " +
        "at MONGODB_URI, or the embedded database of `npm start`.",
    )
    .action(async (options) => (await import("./migrate.ts")).migrate(options, console.log));
}
