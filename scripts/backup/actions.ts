import { interruptible } from "../cli/interruptible.ts";
import { chooseBackup, storedBackups } from "./catalog.ts";
import { createBackup } from "./create.ts";
import { databaseAddress, withDatabase } from "./database.ts";
import { documentsOf, type Manifest, readManifest } from "./manifest.ts";
import { openStore } from "./open-store.ts";
import { ProgressLines } from "./progress-lines.ts";
import { pruneBackups } from "./prune.ts";
import { verifyBackup } from "./verify.ts";

/** Where backups are, and how to tell of them. */
export interface StoreOptions {
  /** A folder, or `s3://bucket/prefix`. */
  readonly from: string;
  /** Prints JSON on the standard output. */
  readonly json?: boolean;
}

const again = "There is no backup of this attempt, and nothing to repair: run this again.";

/** What is told on the way goes where results do not. */
export const progressHere = () =>
  new ProgressLines({ stream: process.stderr, isTerminal: process.stderr.isTTY ?? false }, Date.now);

/**
 * `npm run ops -- backup create`
 * @throws {BackupError} if there is no backup in the end
 */
export async function create({ to, json }: { to: string; json?: boolean }): Promise<void> {
  const store = await openStore(to, process.env);
  const manifest = await withDatabase(databaseAddress(process.env), again, (database) =>
    interruptible(again, (signal) =>
      createBackup({ database, store, clock: Date.now, progress: progressHere(), signal }),
    ),
  );
  if (json) return printJson(manifest);
  console.log(`backup ${manifest.id} in ${store.address}: ${summary(manifest)}`);
}

/** `npm run ops -- backup list` */
export async function list({ from, json }: StoreOptions): Promise<void> {
  const store = await openStore(from, process.env);
  const backups = await Promise.all(
    (await storedBackups(store)).map(async ({ id, complete, files }) => {
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      if (!complete) return { id, bytes, fault: "incomplete: it was interrupted, or is being written" };
      return readManifest(store, id).then(
        (manifest) => ({ id, bytes, manifest }),
        (error: Error) => ({ id, bytes, fault: error.message }),
      );
    }),
  );
  if (json) return printJson(backups);
  for (const { id, bytes, ...rest } of backups) {
    console.log(`${id}  ${megabytes(bytes)}  ${"manifest" in rest ? summary(rest.manifest) : rest.fault}`);
  }
  if (backups.length === 0) console.log(`no backups in ${store.address}`);
}

/**
 * `npm run ops -- backup verify`
 * @throws {BackupError} if anything in it is not as it was written
 */
export async function verify({ from, id, json }: StoreOptions & { id?: string }): Promise<void> {
  const store = await openStore(from, process.env);
  const chosen = await chooseBackup(store, id === undefined ? {} : { id });
  const { manifest } = await verifyBackup(store, chosen, progressHere());
  if (json) return printJson(manifest);
  console.log(`backup ${chosen} in ${store.address} is as it was written: ${summary(manifest)}`);
}

/** `npm run ops -- backup prune` */
export async function prune(options: { from: string; keepDays: number; dryRun?: boolean }): Promise<void> {
  const { from, keepDays, dryRun = false } = options;
  const store = await openStore(from, process.env);
  const { backups, unfinished } = await pruneBackups({ store, keepDays, now: Date.now(), dryRun });
  const done = dryRun ? "would remove" : "removed";
  for (const { id, complete } of backups) {
    console.log(`${done} ${id}${complete ? "" : ", which is incomplete"}`);
  }
  for (const path of unfinished) console.log(`${done} the parts of an upload that never ended: ${path}`);
  if (backups.length + unfinished.length === 0)
    console.log(`nothing in ${store.address} is older than ${keepDays} days`);
}

function summary(manifest: Manifest): string {
  const { database, collections, consistency } = manifest;
  const newest = collections
    .flatMap(({ data }) => data?.newest ?? [])
    .sort()
    .at(-1);
  return [
    `${documentsOf(manifest)} documents in ${collections.length} collections of ${database}`,
    consistency.snapshot ? `as of ${consistency.at}` : `of no one moment (${consistency.because})`,
    ...(newest ? [`the newest of ${newest}`] : []),
  ].join(", ");
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`.padStart(12);

const printJson = (value: unknown): void => console.log(JSON.stringify(value, null, 2));
