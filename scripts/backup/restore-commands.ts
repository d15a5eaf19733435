import { type Command, InvalidArgumentError } from "commander";
import { prompt } from "../cli/prompt.ts";
import { BackupError } from "./errors.ts";

interface RestoreOptions {
  readonly from: string;
  readonly id?: string;
  readonly before?: Date;
  readonly into?: string;
  readonly replace?: boolean;
  readonly yesReplace?: string;
  readonly erasuresFrom?: string;
}

/** Adds `restore` to a program. */
export function registerRestore(program: Command): void {
  program
    .command("restore")
    .description("restore a backup, or a dump of the MongoDB tools, into an empty database")
    .requiredOption("--from <place>", "a folder, or s3://bucket/prefix")
    .option("--id <id>", "which backup; without it the newest")
    .option(
      "--before <time>",
      "the newest backup that had ended by then, such as 2026-11-22T22:30:00Z",
      parseTime,
    )
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
    .action(restore);
}

async function restore({ from, into, yesReplace, replace, ...options }: RestoreOptions): Promise<void> {
  const { getDatabaseAddress } = await import("./database.ts");
  const { ProgressLines } = await import("./progress.ts");
  const { restoreFromLocation } = await import("./restore-from-location.ts");
  const { dump, database, documents, deletedAgain } = await restoreFromLocation({
    ...options,
    address: from,
    into: getDatabaseAddress(process.env, into === undefined ? undefined : { name: "--into", value: into }),
    replace: replace ?? yesReplace !== undefined,
    confirm: (name) => confirm(name, yesReplace),
    warn: (line) => console.warn(line),
    progress: ProgressLines.on(process.stderr),
  });
  console.log(
    `restored ${dump.name} into ${database}: ${documents} documents in ${dump.collections.length} ` +
      `collections, compared with the dump${deletedAgain > 0 ? `; ${deletedAgain} of users who were deleted since are deleted again` : ""}`,
  );
}

async function confirm(name: string, given?: string): Promise<void> {
  const typed = given ?? (await prompt(`This drops all that ${name} holds. Type its name to go on: `));
  if (typed === name) return;
  throw new BackupError(
    `The database is ${name}, and ${typed ? `${typed} was given` : "no name was given"}: nothing was changed. Type its name, or ` +
      `give it with --yes-replace.`,
  );
}

function parseTime(text: string): Date {
  const date = new Date(text);
  if (/^\d{4}-/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("It must be a time such as 2026-11-22T22:30:00Z.");
}
