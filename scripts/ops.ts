import { realpathSync } from "node:fs";
import { Command } from "commander";
import type { DeployedEnvironment } from "../service/contract.ts";
import { registerAtlas } from "./atlas/commands.ts";
import { registerBackup } from "./backup/commands.ts";
import { registerErasures } from "./backup/erasures-commands.ts";
import { environmentOption, wholeNumber } from "./cli/options.ts";
import { runCommand } from "./cli/run-command.ts";
import { registerCost } from "./cost/commands.ts";
import { registerCredentials } from "./credentials/commands.ts";
import { registerDrill } from "./drill/commands.ts";
import type { MirrorOptions } from "./git-mirror/mirror.ts";
import { registerWorkspaces } from "./hcp-terraform/commands.ts";
import { registerPlanReview } from "./plan-review/commands.ts";
import { registerRelease } from "./release/commands.ts";
import type { RightSizeOptions } from "./sizing/right-size.ts";

/** Everything that operators may ask for. */
export const program = new Command("ops")
  .description("Operates Ecobeat. Each command says what it did; run again, it does only what is left.")
  .showHelpAfterError();

program
  .command("migrate")
  .description("create the database indexes that the service declares and the database lacks")
  .addOption(environmentOption())
  .option("--dry-run", "say what would be created, and create nothing", false)
  .addHelpText(
    "after",
    "\nWith an environment, the database is that environment's, and a function there does it. Without, it is the one at " +
      "MONGODB_URI, or else the embedded one that `npm start` uses.",
  )
  .action(async ({ environment, dryRun }: { environment?: DeployedEnvironment; dryRun: boolean }) =>
    environment
      ? (await import("./migrations/migrate-environment.ts")).migrateEnvironment(environment, dryRun)
      : (await import("./migrations/migrate.ts")).migrate(process.env, dryRun),
  );

program
  .command("secrets")
  .description("secrets that must exist before the service starts")
  .command("create")
  .description("create the secret parameters that an environment lacks; existing ones are never changed")
  .addOption(environmentOption().makeOptionMandatory())
  .action(async ({ environment }: { environment: DeployedEnvironment }) =>
    (await import("./credentials/secrets.ts")).createSecrets(environment),
  );

const keys = program.command("keys").description("the keys that sign access tokens, stage by stage");
for (const [name, description] of [
  ["list", "show the keys by stage, and what is due"],
  ["rotate", "make a new key and publish it, to sign later"],
  ["promote", "let the published key sign, once every verifier knows it"],
  ["retire", "withdraw the key that signed before, once its last token has expired"],
  ["revoke", "withdraw all keys at once, and let a new one sign: somebody else could sign with them"],
] as const) {
  keys
    .command(name)
    .description(description)
    .addOption(environmentOption())
    .action(async ({ environment }: { environment: DeployedEnvironment }) =>
      (await import("./signing-keys/run-keys.ts")).runKeys(name, environment),
    );
}

program
  .command("tune-argon2")
  .description("measure Argon2id here, and propose parameters for the memory of a function")
  .requiredOption("--memory <MB>", "memory of the function", wholeNumber("MB", 128, 10_240))
  .requiredOption("--target <ms>", "how long a hash may take, such as 250ms", wholeNumber("ms", 10, 5_000))
  .action(async ({ memory, target }: { memory: number; target: number }) =>
    (await import("./sizing/tune-argon2.ts")).tuneArgon2({ memoryMb: memory, targetMilliseconds: target }),
  );

program
  .command("right-size")
  .description("report duration and cost of invocations by memory size, and recommend a size")
  .addOption(environmentOption().conflicts("from"))
  .option("--days <n>", "days of the environment's logs", wholeNumber("days", 1, 30), 7)
  .option("--from <file>", "read REPORT lines from a log file, and call no service")
  .option("--json", "for machines")
  .option("--picture <file>", "draw an SVG")
  .addHelpText(
    "after",
    "\nIt compares the sizes that the logs hold. docs/right-sizing.md measures others with AWS Lambda Power Tuning.",
  )
  .action(async (options: RightSizeOptions) => (await import("./sizing/right-size.ts")).rightSize(options));

const git = program.command("git").description("the copies of this repository on other remotes");
git
  .command("mirror")
  .description("send every branch and tag of one remote to all others, and prove that they are equal")
  .option("--from <remote>", "the remote to copy from", "origin")
  .option("--force", "also replace and delete what only a copy has", false)
  .action(async (options: MirrorOptions) =>
    console.log(await (await import("./git-mirror/mirror.ts")).mirror(options)),
  );
git
  .command("verify")
  .description("prove that all remotes have the same branches and tags")
  .option("--from <remote>", "the remote that the others must equal", "origin")
  .action(async (options: MirrorOptions) =>
    console.log(await (await import("./git-mirror/mirror.ts")).verify(options)),
  );

registerCost(program);
registerBackup(program);
registerCredentials(program);
registerDrill(program);
registerErasures(program);
registerRelease(program);
registerPlanReview(program);
registerAtlas(program);
registerWorkspaces(program);

if (import.meta.filename === realpathSync(process.argv[1]!)) {
  await runCommand(() => program.parseAsync());
}
