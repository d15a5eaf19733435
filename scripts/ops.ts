import { Command, Option } from "commander";
import { ConfigurationError } from "../service/config.ts";
import { type DeployedEnvironment, deployedEnvironments } from "../service/contract.ts";
import type { CostOptions } from "./ops/cost.ts";

const program = new Command("ops")
  .description("Operates Ecobeat. Each command says what it did; run again, it does only what is left.")
  .showHelpAfterError();

program
  .command("migrate")
  .description("create the database indexes that the service declares and the database lacks")
  .addOption(environmentOption())
  .addHelpText(
    "after",
    "\nWith an environment, the database is that environment's, and a function there does it. Without, it is the one at " +
      "MONGODB_URI, or else the embedded one that `npm start` uses.",
  )
  .action(async ({ environment }: { environment?: DeployedEnvironment }) =>
    environment
      ? (await import("./ops/migrate-environment.ts")).migrateEnvironment(environment)
      : (await import("./ops/migrate.ts")).migrate(process.env),
  );

program
  .command("secrets")
  .description("secrets that must exist before the service starts")
  .command("create")
  .description("create the secret parameters that an environment lacks; existing ones are never changed")
  .addOption(environmentOption().makeOptionMandatory())
  .action(async ({ environment }: { environment: DeployedEnvironment }) =>
    (await import("./ops/secrets.ts")).createSecrets(environment),
  );

program
  .command("cost")
  .description("estimate what the stacks cost in a month: idle, and at 1, 10 and 100 requests per second")
  .addOption(new Option("--environment <name>", "one environment only").choices(deployedEnvironments))
  .option("--json", "a line for each resource, for machines")
  .addHelpText(
    "after",
    "\nAsks no service: it reads the stacks and a dated table of prices. See docs/cost.md.",
  )
  .action(async (options: CostOptions) => (await import("./ops/cost.ts")).printCost(options));

function environmentOption(): Option {
  return new Option("--environment <name>", "the environment to work on").choices(deployedEnvironments);
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exitCode = 1;
}
