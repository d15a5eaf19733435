import { type Command, Option } from "commander";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption } from "../cli/options.ts";
import { createLog, printJson } from "../cli/output.ts";
import type { MigrateOptions } from "./migrate.ts";

/** Registers `migrate`. */
export function registerMigrations(program: Command): void {
  program
    .command("migrate")
    .description("create the missing indexes of the database, and migrate its documents")
    .addOption(environmentOption())
    .addOption(dryRunOption("print missing and undeclared indexes, and how many documents are left").default(false))
    .addOption(new Option("--indexes-only", "leave documents as they are").conflicts("dryRun"))
    .addOption(new Option("--drop-indexes", "also drop the indexes of earlier releases").conflicts("dryRun"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nWith --environment, a Lambda function runs the command in the network of the environment. Otherwise the database is that " +
        "at MONGODB_URI, or the embedded database of `npm start`.\n\nAn interrupted run loses nothing: the next one continues. " +
        "When to drop indexes and how to write a migration: docs/migrations.md.",
    )
    .action(
      resumable(async ({ json, ...options }: MigrateOptions & { json?: boolean }) => {
        const result = await (await import("./migrate.ts")).migrate(options, createLog(json));
        if (json) printJson(result);
      }),
    );
}
