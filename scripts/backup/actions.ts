import type { DeployedEnvironment } from "../../service/contract.ts";
import { invokeFunction } from "../aws/invoke-function.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { formatTable } from "../cli/table.ts";
import { chooseBackup, listBackups, pruneBackups } from "./catalog.ts";
import { type DumpResult, dump, type RestoreTestResult, restoreTest } from "./contract.ts";
import { createBackup } from "./create-backup.ts";
import { getDatabaseAddress, withDatabase } from "./database.ts";
import { deleteErasedUsers } from "./erasures.ts";
import { exportErasures, importErasures } from "./erasures-file.ts";
import type { BackupLocation } from "./location.ts";
import { countDocuments, type Manifest } from "./manifest.ts";
import { openLocation } from "./open-location.ts";
import { ProgressLines } from "./progress.ts";
import { verifyBackup } from "./verify.ts";

interface Output {
  readonly json?: boolean;
}

/** One of the two is given. */
interface LocationOrEnvironment extends Output {
  readonly location?: string;
  readonly environment?: DeployedEnvironment;
}

const interruption = {
  why: "There is no backup of this attempt, and nothing to repair.",
  action: "Run the command again.",
};

/** `backup create` */
export async function create({ location: address, environment, json }: LocationOrEnvironment): Promise<void> {
  if (environment) {
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
  const progress = new ProgressLines(process.stderr);
  const manifest = await withDatabase(getDatabaseAddress(), interruption, (database) =>
    runInterruptible(interruption, (signal) => createBackup({ database, location, clock: Date.now, progress, signal })),
  );
  if (json) return printJson(manifest);
  console.log(`backup ${manifest.id} in ${location.address}: ${summarize(manifest)}`);
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

/** `backup verify` */
export async function verify(options: LocationOrEnvironment & { id?: string }): Promise<void> {
  const { location: address, id, environment, json } = options;
  if (environment) {
    const { functionName } = restoreTest;
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
  const { manifest } = await verifyBackup(location, chosen, new ProgressLines(process.stderr));
  if (json) return printJson(manifest);
  console.log(`backup ${chosen} in ${location.address} is intact: ${summarize(manifest)}`);
}

/** `backup prune` */
export async function prune(options: { location: string; keepDays: number; dryRun: boolean }): Promise<void> {
  const { keepDays, dryRun } = options;
  const location = await open(options.location);
  const { backups, unfinishedWrites } = await pruneBackups({ location, keepDays, now: Date.now(), dryRun });
  const done = dryRun ? "would delete" : "deleted";
  for (const { id, isComplete } of backups) {
    console.log(`${done} ${id}${isComplete ? "" : ", which is incomplete"}`);
  }
  for (const path of unfinishedWrites) console.log(`${done} the parts of an unfinished upload: ${path}`);
  if (backups.length + unfinishedWrites.length === 0) {
    console.log(`nothing in ${location.address} is older than ${keepDays} days`);
  }
}

/** `erasures export` */
export async function exportToFile({ to }: { to: string }): Promise<void> {
  await withDatabase(
    getDatabaseAddress(),
    { why: "Nothing was written.", action: "Run the command again." },
    async (database) => {
      const users = await exportErasures(database, to);
      console.log(`exported to ${to}: ${users} deleted users of ${database.databaseName}`);
    },
  );
}

/** `erasures import` */
export async function importFromFile({ from }: { from: string }): Promise<void> {
  await withDatabase(
    getDatabaseAddress(),
    { why: "The import is incomplete.", action: "Run the command again: it continues." },
    async (database) => {
      const users = await importErasures(database, from);
      const documents = await deleteErasedUsers(database);
      console.log(`imported from ${from}: ${users} deleted users; ${documents} of their documents deleted again`);
    },
  );
}

async function open(address: string | undefined): Promise<BackupLocation> {
  if (address !== undefined) return openLocation(address);
  throw new OperatorError("backup-location-missing", {
    what: "There is no backup location.",
    why: "The command needs either --location or --environment.",
    action: "Add --location with a folder or s3://bucket/prefix, or --environment.",
  });
}

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

const printJson = (value: unknown): void => console.log(JSON.stringify(value, null, 2));
