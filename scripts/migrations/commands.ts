import type { Command } from "commander";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption } from "../cli/options.ts";
import { createLog, printJson } from "../cli/output.ts";
import type { MigrateOptions } from "./migrate.ts";

/** Registers `migrate`. */
export function registerMigrations(program: Command): void {
  program
    .command("migrate")
    .description("create the missing indexes of the database")
    .addOption(environmentOption())
    .addOption(dryRunOption().default(false))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nWith --environment, a Lambda function runs the command in the network of the environment. Otherwise the database is that " +
        "at MONGODB_URI, or the embedded database of `npm start`.",
    )
    .action(
      resumable(async ({ json, ...options }: MigrateOptions & { json?: boolean }) => {
        const result = await (await import("./migrate.ts")).migrate(options, createLog(json));
        if (json) printJson(result);
      }),
    );
}
