import { Command, Option } from "commander";
import { ConfigurationError } from "../service/config.ts";
import { type DeployedEnvironment, deployedEnvironments } from "../service/contract.ts";

const program = new Command("ops")
  .description("Operates Ecobeat. Each command says what it did; run again, it does only what is left.")
  .showHelpAfterError();

program
  .command("migrate")
  .description("create the database indexes that the service declares and the database lacks")
  .addHelpText(
    "after",
    "\nThe database is the one at MONGODB_URI, or else the embedded one that `npm start` uses.",
  )
  .action(async () => (await import("./ops/migrate.ts")).migrate(process.env));

program
  .command("secrets")
  .description("secrets that must exist before the service starts")
  .command("create")
  .description("create the secret parameters that an environment lacks; existing ones are never changed")
  .addOption(environmentOption())
  .action(async ({ environment }: { environment: DeployedEnvironment }) =>
    (await import("./ops/secrets.ts")).createSecrets(environment),
  );

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

function environmentOption(): Option {
  return new Option("--environment <name>", "the environment to work on")
    .choices(deployedEnvironments)
    .makeOptionMandatory();
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exitCode = 1;
}
