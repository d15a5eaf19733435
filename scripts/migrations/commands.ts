import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { dryRunOption, environmentOption } from "../cli/options.ts";

/** Registers `migrate`. */
export function registerMigrations(program: Command): void {
  program
    .command("migrate")
    .description("create the database indexes that the service declares and the database lacks")
    .addOption(environmentOption())
    .addOption(dryRunOption().default(false))
    .addHelpText(
      "after",
      "\nWith an environment, the database is that environment's, and a function there does it. Without, it is the one at " +
        "MONGODB_URI, or else the embedded one that `npm start` uses.",
    )
    .action(async ({ environment, dryRun }: { environment?: DeployedEnvironment; dryRun: boolean }) => {
      const { migrate, migrateEnvironment } = await import("./migrate.ts");
      if (environment) await migrateEnvironment(environment, dryRun, console.log);
      else await migrate(process.env, dryRun, console.log);
    });
}
