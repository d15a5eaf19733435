import { type Command, InvalidArgumentError, Option } from "commander";
import { type DeployedEnvironment, deployedEnvironments } from "../../service/contract.ts";
import type { StoreOptions } from "./actions.ts";
import { BackupError } from "./errors.ts";
import type { RestoreCommandOptions } from "./restore-action.ts";

const place = "a folder, or s3://bucket/prefix";

const inEnvironment =
  "\nWith an environment, its own function does it, in the environment's network and vault; to verify, it restores the newest " +
  "backup beside the database. See docs/backups.md.";

interface InEnvironment {
  readonly environment?: DeployedEnvironment;
  readonly json?: boolean;
}

/** Adds `backup` and `restore` to a program. */
export function registerBackup(program: Command): void {
  const backup = program.command("backup").description("backups of the database that MONGODB_URI names");
  backup
    .command("create")
    .description("back the database up; without an error and only then there is a backup")
    .option("--to <place>", place)
    .addOption(environmentOption().conflicts("to"))
    .option("--json", "print the manifest, or what the function answers")
    .addHelpText("after", inEnvironment)
    .action(async ({ to, environment, ...options }: { to?: string } & InEnvironment) =>
      environment
        ? (await import("./environment-actions.ts")).createThere(environment, options)
        : (await import("./actions.ts")).create({ to: given(to, "--to"), ...options }),
    );
  backup
    .command("list")
    .description("show all backups, oldest first")
    .requiredOption("--from <place>", place)
    .option("--json", "with all that their manifests say")
    .action(async (options: StoreOptions) => (await import("./actions.ts")).list(options));
  backup
    .command("verify")
    .description("read a backup to the end, and hold every byte against its manifest")
    .option("--from <place>", place)
    .addOption(environmentOption().conflicts(["from", "id"]))
    .option("--id <id>", "which backup; without it the newest")
    .option("--json", "print the manifest, or what the function answers")
    .addHelpText("after", inEnvironment)
    .action(async ({ from, environment, ...options }: { from?: string; id?: string } & InEnvironment) =>
      environment
        ? (await import("./environment-actions.ts")).verifyThere(environment, options)
        : (await import("./actions.ts")).verify({ from: given(from, "--from"), ...options }),
    );
  backup
    .command("prune")
    .description("remove old backups and what is left of attempts; the newest whole backup always stays")
    .requiredOption("--from <place>", place)
    .option("--keep-days <days>", "how long backups are kept", days, 30)
    .option("--dry-run", "only say what would be removed")
    .action(async (options: { from: string; keepDays: number; dryRun?: boolean }) =>
      (await import("./actions.ts")).prune(options),
    );

  program
    .command("restore")
    .description("restore a backup, or a dump of the MongoDB tools, into an empty database")
    .requiredOption("--from <place>", place)
    .option("--id <id>", "which backup; without it the newest")
    .option("--before <time>", "the newest backup that had ended by then, such as 2026-11-22T22:30:00Z", time)
    .option("--into <uri>", "the database, if not the one that MONGODB_URI names")
    .option("--replace", "drop what the database holds, after its name was typed")
    .option("--yes-replace <name>", "the same without a question, for scripts: the database's name")
    .option(
      "--erasures-from <uri>",
      "a database that knows of users who were deleted after the backup was made; that of a database that is replaced is kept",
    )
    .addHelpText(
      "after",
      "\nNothing is written before the whole backup was read and found sound. See docs/backups.md.",
    )
    .action(async (options: RestoreCommandOptions) => (await import("./restore-action.ts")).restore(options));
}

const environmentOption = (): Option =>
  new Option("--environment <name>", "have that environment's function do it, in its vault").choices(
    deployedEnvironments,
  );

/** The place that a command works on when no environment's function does it. */
function given(place: string | undefined, option: string): string {
  if (place !== undefined) return place;
  throw new BackupError(
    `Neither ${option} nor --environment was given, and so it is open where the backup is. Give one of them.`,
  );
}

function days(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 3_650) return number;
  throw new InvalidArgumentError("It must be a whole number of days, from 1 to 3650.");
}

function time(text: string): Date {
  const date = new Date(text);
  if (/^\d{4}-/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("It must be a time such as 2026-11-22T22:30:00Z.");
}
