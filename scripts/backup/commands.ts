import { type Command, InvalidArgumentError, Option } from "commander";
import { databaseName } from "../../service/contract.ts";
import { resumable } from "../cli/interruptible.ts";
import {
  dryRunOption,
  environmentOption,
  jsonOption,
  replaceOption,
  wholeNumberParser,
  yesOption,
} from "../cli/options.ts";

/** The code that needs the database driver is loaded only when a command runs. */
const actions = () => import("./actions.ts");

const locationHelp = "backup location: a folder, or s3://bucket/prefix";

const exportOption = () =>
  new Option("--from-export <location>", "location of snapshots that Atlas exported").conflicts(["location", "id"]);

/** Sources that are no exports: the command would ignore the options of an export. */
const otherSources = ["location", "id", "environment"];

const databaseOption = () =>
  new Option("--database <name>", "the database in the export").default(databaseName).conflicts(otherSources);

const sampleOption = () =>
  new Option("--sample <percent>", "how many of the export's files to read")
    .argParser(wholeNumberParser("percent", 1, 100))
    .default(100)
    .conflicts(otherSources);

const invokingOption = () => environmentOption("invoke the function of that environment instead");

const invokingHelp =
  "\nWith --environment, a Lambda function runs the command in the network of the environment, with its backup bucket. To verify, it " +
  "runs a restore test of the newest backup. See docs/backups.md.";

/** Adds `backup`, `restore` and `erasures` to a program. */
export function registerBackup(program: Command): void {
  const backup = program.command("backup").description("manage backups of the database that MONGODB_URI names");
  backup
    .command("create")
    .description("back up the database; exit with 0 only if the backup is complete")
    .option("--location <location>", locationHelp)
    .addOption(invokingOption().conflicts("location"))
    .addOption(dryRunOption("print what would be backed up, and write nothing"))
    .addOption(jsonOption())
    .addHelpText("after", invokingHelp)
    .action(async (options) => (await actions()).create(options));
  backup
    .command("list")
    .description("list all backups, oldest first")
    .requiredOption("--location <location>", locationHelp)
    .addOption(jsonOption("print the result as JSON, including the manifests"))
    .action(async (options) => (await actions()).list(options));
  backup
    .command("verify")
    .description("read a backup completely, and compare it with its manifest")
    .option("--location <location>", locationHelp)
    .addOption(invokingOption().conflicts(["location", "id", "fromExport"]))
    .option("--id <id>", "the backup (default: the newest)")
    .addOption(exportOption())
    .addOption(databaseOption())
    .addOption(sampleOption())
    .addOption(dryRunOption("print what would be read or invoked, and do neither"))
    .addOption(jsonOption())
    .addHelpText("after", invokingHelp)
    .action(async (options) => (await actions()).verify(options));
  backup
    .command("prune")
    .description("delete old backups and incomplete ones; the newest intact backup always stays")
    .requiredOption("--location <location>", locationHelp)
    .option("--keep-days <days>", "how long to keep backups", wholeNumberParser("days", 1, 3_650), 30)
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .action(resumable(async (options) => (await actions()).prune(options)));

  program
    .command("restore")
    .description(
      "restore a backup, a dump of the MongoDB tools or a snapshot that Atlas exported, into an empty database",
    )
    .option("--location <location>", locationHelp)
    .option("--id <id>", "the backup (default: the newest)")
    .addOption(exportOption())
    .addOption(databaseOption())
    .option("--before <time>", "the newest backup completed by then, for example 2026-11-22T22:30:00Z", parseTime)
    .option("--into <uri>", "the target database (default: MONGODB_URI)")
    .addOption(replaceOption("drop the content of the target, which has this name"))
    .addOption(yesOption())
    .addOption(dryRunOption("read and verify the backup, print what would be dropped and restored, and change nothing"))
    .addOption(jsonOption())
    .option(
      "--erasures-from <uri>",
      "another database with erasure records from after the backup; --replace keeps those of the target",
    )
    .addHelpText("after", "\nThe command verifies the whole backup before it writes anything. See docs/backups.md.")
    .action(async (options) => (await import("./restore-from-location.ts")).restoreFromLocation(options));

  const erasures = program.command("erasures").description("keep deleted users deleted when you restore a cluster");
  erasures
    .command("export")
    .description("before the restore: write the erasure records to a new file")
    .requiredOption("--to <file>", "the file, which must not exist")
    .addOption(dryRunOption("count the records, and write nothing"))
    .addOption(jsonOption())
    .action(async (options) => (await actions()).exportToFile(options));
  erasures
    .command("import")
    .description("after the restore: import the erasure records, and delete those users with all their data")
    .requiredOption("--from <file>", "the file that `erasures export` wrote")
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .action(resumable(async (options) => (await actions()).importFromFile(options)));
}

function parseTime(text: string): Date {
  const date = new Date(text);
  if (/^\d{4}-/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("It must be a time, for example 2026-11-22T22:30:00Z.");
}
