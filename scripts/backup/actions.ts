import type { DeployedEnvironment } from "../../service/contract.ts";
import { getFunction, invokeFunction } from "../aws/invoke-function.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { printJson, warn } from "../cli/output.ts";
import { withProgress } from "../cli/progress.ts";
import { confirm } from "../cli/prompt.ts";
import { formatTable } from "../cli/table.ts";
import { chooseBackup, findPrunable, listBackups, pruneBackups } from "./catalog.ts";
import { type DumpResult, dump, type RestoreTestResult, restoreTest } from "./contract.ts";
import { createBackup, planBackup } from "./create-backup.ts";
import { getDatabaseAddress, withDatabase } from "./database.ts";
import type { SizeEstimate } from "./database-size.ts";
import { countErasedDocuments, deleteErasedUsers } from "./erasures.ts";
import { countErasures, exportErasures, importErasures, readErasures } from "./erasures-file.ts";
import type { BackupLocation } from "./location.ts";
import { countDocuments, type Manifest, readManifest } from "./manifest.ts";
import { openLocation, requireLocation } from "./open-location.ts";
import { verifyBackup } from "./verify.ts";
import type { ExportVerificationOptions } from "./verify-export.ts";

interface Output {
  readonly json?: boolean;
}

interface Change extends Output {
  readonly dryRun?: boolean;
}

/** One of the two is given. */
interface LocationOrEnvironment extends Change {
  readonly location?: string;
  readonly environment?: DeployedEnvironment;
}

const interruption = {
  why: "There is no backup of this attempt, and nothing to repair.",
  action: "Run the command again.",
};

/** `backup create`. Its JSON output is the {@link Manifest}, a {@link DumpResult} or, of a dry run, a {@link BackupPlan}. */
export async function create({ location: address, environment, dryRun, json }: LocationOrEnvironment): Promise<void> {
  if (environment) {
    if (dryRun) return printInvocation(environment, dump.functionName, json);
    const { name, region, result } = await invokeFunction<DumpResult>(environment, dump.functionName);
    if (json) return printJson(result);
    const { id, documents, bytes, seconds, snapshot } = result;
    console.log(`database: that of ${environment}, through ${name} in ${region}`);
    console.log(
      `backup ${id} in the backup bucket: ${documents} documents, ${toMegabytes(bytes)}, in ${seconds} s, ` +
        (snapshot ? "point-in-time consistent" : "not point-in-time consistent"),
    );
    return;
  }
  const location = await open(address);
  if (dryRun) {
    const plan = await withDatabase(getDatabaseAddress(), interruption, planBackup);
    if (json) return printJson(plan);
    const documents = plan.collections.reduce((sum, each) => sum + each.documents, 0);
    console.log(
      `would create a backup in ${location.address}: ${documents} documents in ${plan.collections.length} collections of ` +
        plan.database,
    );
    if (plan.estimate) console.log(describeEstimate(plan.estimate));
    return;
  }
  const manifest = await withProgress((progress) =>
    withDatabase(getDatabaseAddress(), interruption, (database) =>
      runInterruptible(interruption, (signal) =>
        createBackup({ database, location, clock: Date.now, progress, signal, onEstimate: warnIfLarge }),
      ),
    ),
  );
  if (json) return printJson(manifest);
  console.log(`backup ${manifest.id} in ${location.address}: ${summarize(manifest)}`);
}

const describeEstimate = ({ bytes, seconds, fitsSnapshot }: SizeEstimate): string =>
  `the database has ${toMegabytes(bytes)}; a backup takes about ${Math.ceil(seconds)} s` +
  (fitsSnapshot ? "" : ", which is too long to be point-in-time consistent");

function warnIfLarge(estimate: SizeEstimate): void {
  if (!estimate.fitsSnapshot) warn(`${describeEstimate(estimate)}.`);
}

/** Prints what a dry run does not invoke. Its JSON output is a {@link FunctionRef}. */
function printInvocation(environment: DeployedEnvironment, id: string, json?: boolean): void {
  const { name, region } = getFunction(environment, id);
  if (json) printJson({ name, region });
  else console.log(`would invoke ${name} in ${region}`);
}

/** `backup list` */
export async function list({ location: address, json }: { location: string } & Output): Promise<void> {
  const location = await open(address);
  const backups = await listBackups(location);
  if (json) return printJson(backups);
  const rows = backups.map(({ id, bytes, ...rest }) => [
    id,
    toMegabytes(bytes),
    "manifest" in rest ? summarize(rest.manifest) : rest.fault,
  ]);
  for (const line of formatTable(rows, [1])) console.log(line);
  if (rows.length === 0) console.log(`no backups in ${location.address}`);
}

interface VerifyOptions extends LocationOrEnvironment, ExportVerificationOptions {
  readonly id?: string;
  /** Location of snapshots that Atlas exported. */
  readonly fromExport?: string;
}

/** `backup verify`. Its JSON output is the {@link Manifest}, a {@link RestoreTestResult} or an `ExportVerification`. */
export async function verify(options: VerifyOptions): Promise<void> {
  const { location: address, fromExport, id, environment, dryRun, json } = options;
  if (fromExport !== undefined) return (await import("./verify-export.ts")).verifyExport(fromExport, options);
  if (environment) {
    const { functionName } = restoreTest;
    if (dryRun) return printInvocation(environment, functionName, json);
    const { name, region, result } = await invokeFunction<RestoreTestResult>(environment, functionName);
    if (json) return printJson(result);
    const { documents, collections, seconds, ageSeconds } = result;
    console.log(`backup bucket: that of ${environment}, through ${name} in ${region}`);
    console.log(
      `restore test of backup ${result.id}, ${Math.round(ageSeconds / 60)} min old, passed: ${documents} documents in ` +
        `${collections} collections were restored, compared with the manifest and dropped, in ${seconds} s`,
    );
    return;
  }
  const location = await open(address);
  const chosen = await chooseBackup(location, { id });
  if (dryRun) {
    const manifest = await readManifest(location, chosen);
    if (json) printJson(manifest);
    else console.log(`would read backup ${chosen} in ${location.address}: ${summarize(manifest)}`);
    return;
  }
  const { manifest } = await withProgress((progress) => verifyBackup(location, chosen, progress));
  if (json) return printJson(manifest);
  console.log(`backup ${chosen} in ${location.address} is intact: ${summarize(manifest)}`);
}

/** The result of `backup prune`, as in its JSON output. */
export interface PruneResult {
  readonly outcome: "deleted" | "would delete";
  readonly backups: readonly { readonly id: string; readonly isComplete: boolean; readonly bytes: number }[];
  /** Paths of uploads that have not completed. */
  readonly unfinishedWrites: readonly string[];
}

interface PruneOptions extends Change {
  readonly location: string;
  readonly keepDays: number;
  readonly yes?: boolean;
}

/** `backup prune` */
export async function prune({ location: address, keepDays, yes, dryRun, json }: PruneOptions): Promise<void> {
  const location = await open(address);
  const found = await findPrunable({ location, keepDays, now: Date.now() });
  const result: PruneResult = {
    outcome: dryRun ? "would delete" : "deleted",
    backups: found.backups.map(({ id, isComplete, files }) => ({
      id,
      isComplete,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    })),
    unfinishedWrites: found.unfinishedWrites.map(({ path }) => path),
  };
  const lines = [
    ...result.backups.map(({ id, isComplete }) => `${id}${isComplete ? "" : ", which is incomplete"}`),
    ...result.unfinishedWrites.map((path) => `the parts of an unfinished upload: ${path}`),
  ];
  if (!dryRun && lines.length > 0) {
    const consequence = `${lines.join("\n")}\nThis deletes them in ${location.address}.`;
    await confirm({ consequence, name: location.address, yes });
    await withProgress((progress) => pruneBackups(location, found, progress));
  }
  if (json) return printJson(result);
  for (const line of lines) console.log(`${result.outcome} ${line}`);
  if (lines.length === 0) console.log(`nothing in ${location.address} is older than ${keepDays} days`);
}

/** The result of `erasures export`, as in its JSON output. */
export interface ErasuresExport {
  readonly outcome: "exported" | "would export";
  readonly file: string;
  readonly database: string;
  /** Number of deleted users. */
  readonly users: number;
}

/** `erasures export` */
export async function exportToFile({ to, dryRun, json }: Change & { to: string }): Promise<void> {
  await withDatabase(
    getDatabaseAddress(),
    { why: "Nothing was written.", action: "Run the command again." },
    async (database) => {
      const users = dryRun ? await countErasures(database, to) : await exportErasures(database, to);
      const outcome = dryRun ? "would export" : "exported";
      const result: ErasuresExport = { outcome, file: to, database: database.databaseName, users };
      if (json) return printJson(result);
      console.log(`${outcome} to ${to}: ${users} deleted users of ${database.databaseName}`);
    },
  );
}

/** The result of `erasures import`, as in its JSON output. */
export interface ErasuresImport {
  readonly outcome: "imported" | "would import";
  readonly file: string;
  readonly database: string;
  /** Number of deleted users in the file. */
  readonly users: number;
  /** Number of documents, of these users and of those that the database already knows as deleted. */
  readonly deletedAgain: number;
}

/** `erasures import` */
export async function importFromFile({
  from,
  yes,
  dryRun,
  json,
}: Change & { from: string; yes?: boolean }): Promise<void> {
  await withDatabase(
    getDatabaseAddress(),
    dryRun
      ? { why: "Nothing was changed.", action: "Run the command again." }
      : { why: "The import is incomplete.", action: "Run the command again: it continues." },
    async (database) => {
      const { databaseName } = database;
      const records = await readErasures(from);
      const consequence = `This deletes ${records.length} users with all their data from the database ${databaseName}.`;
      if (!dryRun) {
        await confirm({ consequence, name: databaseName, yes });
        await importErasures(database, records);
      }
      const deletedAgain = dryRun
        ? await countErasedDocuments(
            database,
            records.map(({ _id }) => _id),
          )
        : await deleteErasedUsers(database);
      const outcome = dryRun ? "would import" : "imported";
      const result: ErasuresImport = {
        outcome,
        file: from,
        database: databaseName,
        users: records.length,
        deletedAgain,
      };
      if (json) return printJson(result);
      console.log(
        `${outcome} from ${from}: ${records.length} deleted users; ${deletedAgain} of their documents deleted again`,
      );
    },
  );
}

const open = (address: string | undefined): Promise<BackupLocation> =>
  openLocation(requireLocation(address, "--location or --environment"));

function summarize(manifest: Manifest): string {
  const { database, collections, consistency } = manifest;
  const newest = collections
    .flatMap(({ data }) => data?.newest ?? [])
    .sort()
    .at(-1);
  return [
    `${countDocuments(manifest)} documents in ${collections.length} collections of ${database}`,
    consistency.snapshot ? `as of ${consistency.at}` : `not point-in-time consistent (${consistency.because})`,
    ...(newest ? [`the newest of ${newest}`] : []),
  ].join(", ");
}

const toMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
