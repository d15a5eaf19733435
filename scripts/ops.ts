import { Command, InvalidArgumentError, Option } from "commander";
import { ConfigurationError } from "../service/config.ts";
import { type DeployedEnvironment, deployedEnvironments } from "../service/contract.ts";
import { BackupError } from "./backup/errors.ts";
import { registerBackup } from "./ops/backup/register.ts";
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

const keys = program.command("keys").description("the keys that sign access tokens, stage by stage");
for (const [name, description] of [
  ["list", "show the keys by stage, and what is due"],
  ["rotate", "make a new key and publish it, to sign later"],
  ["promote", "let the published key sign, once every verifier knows it"],
  ["retire", "withdraw the key that signed before, once its last token has expired"],
] as const) {
  keys
    .command(name)
    .description(description)
    .addOption(environmentOption())
    .action(async ({ environment }: { environment: DeployedEnvironment }) =>
      (await import("./ops/keys/commands.ts")).runKeys(name, environment),
    );
}

program
  .command("tune-argon2")
  .description("measure Argon2id here, and propose parameters for the memory of a function")
  .requiredOption("--memory <MB>", "memory of the function", wholeNumber("MB", 128, 10_240))
  .requiredOption("--target <ms>", "how long a hash may take, such as 250ms", wholeNumber("ms", 10, 5_000))
  .action(async ({ memory, target }: { memory: number; target: number }) =>
    (await import("./ops/tune-argon2.ts")).tuneArgon2({ memoryMb: memory, targetMilliseconds: target }),
  );

registerBackup(program);

/** Reads a whole number, with its unit behind it or without. */
function wholeNumber(unit: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text.endsWith(unit) ? text.slice(0, -unit.length) : text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number of ${unit}, from ${least} to ${most}.`);
  };
}

function environmentOption(): Option {
  return new Option("--environment <name>", "the environment to work on").choices(deployedEnvironments);
}

try {
  await program.parseAsync();
} catch (error) {
  const isForPeople = error instanceof ConfigurationError || error instanceof BackupError;
  console.error(isForPeople ? error.message : error);
  process.exitCode = 1;
}
