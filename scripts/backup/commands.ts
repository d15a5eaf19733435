import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption, wholeNumberParser } from "../cli/options.ts";
import { formatTable } from "../cli/table.ts";
import { type DumpResult, dump, type RestoreTestResult, restoreTest } from "./contract.ts";
import { BackupError } from "./errors.ts";
import { countDocuments, type Manifest } from "./manifest.ts";
import { registerRestore } from "./restore-commands.ts";

const place = "a folder, or s3://bucket/prefix";

const there = () => environmentOption("have that environment's function do it, in its backup bucket");

const inEnvironment =
  "\nWith an environment, its own function does it, in the environment's network and backup bucket; to verify, it restores the newest " +
  "backup beside the database. See docs/backups.md.";

const again = {
  why: "There is no backup of this attempt, and nothing to repair.",
  action: "Run the command again.",
};

/** Adds `backup`, `restore` and `erasures` to a program. */
export function registerBackup(program: Command): void {
  const backup = program.command("backup").description("backups of the database that MONGODB_URI names");
  backup
    .command("create")
    .description("back the database up; without an error and only then there is a backup")
    .option("--to <place>", place)
    .addOption(there().conflicts("to"))
    .addOption(jsonOption())
    .addHelpText("after", inEnvironment)
    .action(create);
  backup
    .command("list")
    .description("show all backups, oldest first")
    .requiredOption("--from <place>", place)
    .addOption(jsonOption("print the result as JSON, with all that the manifests say"))
    .action(list);
  backup
    .command("verify")
    .description("read a backup to the end, and hold every byte against its manifest")
    .option("--from <place>", place)
    .addOption(there().conflicts(["from", "id"]))
    .option("--id <id>", "which backup; without it the newest")
    .addOption(jsonOption())
    .addHelpText("after", inEnvironment)
    .action(verify);
  backup
    .command("prune")
    .description("remove old backups and what is left of attempts; the newest whole backup always stays")
    .requiredOption("--from <place>", place)
    .option("--keep-days <days>", "how long backups are kept", wholeNumberParser("days", 1, 3_650), 30)
    .addOption(dryRunOption().default(false))
    .action(prune);
  registerRestore(program);
  registerErasures(program);
}

function registerErasures(program: Command): void {
  const erasures = program
    .command("erasures")
    .description("who had themselves deleted, so that no restore of a cluster brings them back");
  erasures
    .command("keep")
    .description("before: write the record of deleted users to a file, which must not be there")
    .requiredOption("--to <file>", "the file")
    .action(keep);
  erasures
    .command("apply")
    .description("after: take the record over, and delete those users again with all that is theirs")
    .requiredOption("--from <file>", "what `erasures keep` wrote")
    .action(apply);
}

interface Output {
  readonly json?: boolean;
}

interface InEnvironment extends Output {
  readonly environment?: DeployedEnvironment;
}

async function create({ to, environment, json }: { to?: string } & InEnvironment): Promise<void> {
  if (environment) return createThere(environment, json);
  const { openLocation } = await import("./open-store.ts");
  const { getDatabaseAddress, withDatabase } = await import("./database.ts");
  const { createBackup } = await import("./create.ts");
  const { ProgressLines } = await import("./progress.ts");
  const store = await openLocation(given(to, "--to"), process.env);
  const progress = ProgressLines.on(process.stderr);
  const manifest = await withDatabase(getDatabaseAddress(process.env), again, (database) =>
    runInterruptible(again, (signal) =>
      createBackup({ database, location: store, clock: Date.now, progress, signal }),
    ),
  );
  if (json) return printJson(manifest);
  console.log(`backup ${manifest.id} in ${store.address}: ${summary(manifest)}`);
}

async function createThere(environment: DeployedEnvironment, json?: boolean): Promise<void> {
  const { invokeFunction } = await import("../aws/invoke-function.ts");
  const { name, region, result } = await invokeFunction<DumpResult>(environment, dump.functionName);
  if (json) return printJson(result);
  const { id, documents, bytes, seconds, snapshot } = result;
  console.log(`database: that of ${environment}, through ${name} in ${region}`);
  console.log(
    `backup ${id} in the backup bucket: ${documents} documents, ${megabytes(bytes)}, in ${seconds} s, ` +
      `${snapshot ? "as of one moment" : "of no one moment"}`,
  );
}

async function list({ from, json }: { from: string } & Output): Promise<void> {
  const { openLocation } = await import("./open-store.ts");
  const { listBackups } = await import("./catalog.ts");
  const store = await openLocation(from, process.env);
  const backups = await listBackups(store);
  if (json) return printJson(backups);
  const rows = backups.map(({ id, bytes, ...rest }) => [
    id,
    megabytes(bytes),
    "manifest" in rest ? summary(rest.manifest) : rest.fault,
  ]);
  for (const line of formatTable(rows, [1])) console.log(line);
  if (rows.length === 0) console.log(`no backups in ${store.address}`);
}

async function verify(options: { from?: string; id?: string } & InEnvironment): Promise<void> {
  const { from, id, environment, json } = options;
  if (environment) return verifyThere(environment, json);
  const { openLocation } = await import("./open-store.ts");
  const { chooseBackup } = await import("./catalog.ts");
  const { verifyBackup } = await import("./verify.ts");
  const { ProgressLines } = await import("./progress.ts");
  const store = await openLocation(given(from, "--from"), process.env);
  const chosen = await chooseBackup(store, id === undefined ? {} : { id });
  const { manifest } = await verifyBackup(store, chosen, ProgressLines.on(process.stderr));
  if (json) return printJson(manifest);
  console.log(`backup ${chosen} in ${store.address} is as it was written: ${summary(manifest)}`);
}

async function verifyThere(environment: DeployedEnvironment, json?: boolean): Promise<void> {
  const { invokeFunction } = await import("../aws/invoke-function.ts");
  const { name, region, result } = await invokeFunction<RestoreTestResult>(
    environment,
    restoreTest.functionName,
  );
  if (json) return printJson(result);
  const { id, documents, collections, seconds, ageSeconds } = result;
  console.log(`backup bucket: that of ${environment}, through ${name} in ${region}`);
  console.log(
    `backup ${id}, ${Math.round(ageSeconds / 60)} min old, restores: ${documents} documents in ${collections} collections ` +
      `were restored beside the database, compared with its manifest and dropped again, in ${seconds} s`,
  );
}

async function prune(options: { from: string; keepDays: number; dryRun: boolean }): Promise<void> {
  const { from, keepDays, dryRun } = options;
  const { openLocation } = await import("./open-store.ts");
  const { pruneBackups } = await import("./catalog.ts");
  const store = await openLocation(from, process.env);
  const { backups, unfinishedWrites } = await pruneBackups({
    location: store,
    keepDays,
    now: Date.now(),
    dryRun,
  });
  const done = dryRun ? "would remove" : "removed";
  for (const { id, isComplete } of backups) {
    console.log(`${done} ${id}${isComplete ? "" : ", which is incomplete"}`);
  }
  for (const path of unfinishedWrites)
    console.log(`${done} the parts of an upload that never ended: ${path}`);
  if (backups.length + unfinishedWrites.length === 0) {
    console.log(`nothing in ${store.address} is older than ${keepDays} days`);
  }
}

async function keep({ to }: { to: string }): Promise<void> {
  const { getDatabaseAddress, withDatabase } = await import("./database.ts");
  const { exportErasures } = await import("./erasures-file.ts");
  await withDatabase(
    getDatabaseAddress(process.env),
    { why: "Nothing was written.", action: "Run the command again." },
    async (database) => {
      const users = await exportErasures(database, to);
      console.log(`kept in ${to}: ${users} deleted users of ${database.databaseName}`);
    },
  );
}

async function apply({ from }: { from: string }): Promise<void> {
  const { getDatabaseAddress, withDatabase } = await import("./database.ts");
  const [{ deleteErasedUsers }, { importErasures }] = await Promise.all([
    import("./erasures.ts"),
    import("./erasures-file.ts"),
  ]);
  await withDatabase(
    getDatabaseAddress(process.env),
    { why: "The command is incomplete.", action: "Run it again: it continues." },
    async (database) => {
      const users = await importErasures(database, from);
      const documents = await deleteErasedUsers(database);
      console.log(
        `${users} deleted users of ${from} are known to ${database.databaseName}; ${documents} documents of deleted users were ` +
          "deleted again",
      );
    },
  );
}

/** The place that a command works on when no environment's function does it. */
function given(place: string | undefined, option: string): string {
  if (place !== undefined) return place;
  throw new BackupError(
    `Neither ${option} nor --environment was given, and so it is open where the backup is. Give one of them.`,
  );
}

function summary(manifest: Manifest): string {
  const { database, collections, consistency } = manifest;
  const newest = collections
    .flatMap(({ data }) => data?.newest ?? [])
    .sort()
    .at(-1);
  return [
    `${countDocuments(manifest)} documents in ${collections.length} collections of ${database}`,
    consistency.snapshot ? `as of ${consistency.at}` : `of no one moment (${consistency.because})`,
    ...(newest ? [`the newest of ${newest}`] : []),
  ].join(", ");
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const printJson = (value: unknown): void => console.log(JSON.stringify(value, null, 2));
