import { randomBytes } from "node:crypto";
import { hasCode, OperatorError } from "../cli/errors.ts";
import { type Progress, silentProgress } from "../cli/progress.ts";
import { findIntegrityErrors } from "./checksums.ts";
import type { BackupLocation, StoredFile, UnfinishedWrite } from "./location.ts";
import { getManifestPath, readManifest } from "./manifest.ts";

/** A backup in a location, complete or not. */
export interface StoredBackup {
  readonly id: string;
  readonly startedAt: Date;
  readonly files: readonly StoredFile[];
  /** It has a manifest, which is written last. */
  readonly isComplete: boolean;
}

/** All backups in a location, oldest first. */
export async function findBackups(location: BackupLocation): Promise<StoredBackup[]> {
  const byId = new Map<string, StoredFile[]>();
  for (const file of await location.list()) {
    const id = file.path.slice(0, file.path.indexOf("/"));
    byId.set(id, [...(byId.get(id) ?? []), file]);
  }
  const stored = [...byId].flatMap(([id, files]): StoredBackup[] => {
    const startedAt = parseBackupTime(id);
    const isComplete = files.some(({ path }) => path === getManifestPath(id));
    return startedAt ? [{ id, startedAt, files, isComplete }] : [];
  });
  return stored.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** All backups in a location, oldest first, each with its manifest or the reason why it has none. */
export async function listBackups(location: BackupLocation) {
  return Promise.all(
    (await findBackups(location)).map(async ({ id, isComplete, files }) => {
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      if (!isComplete) return { id, bytes, fault: "incomplete: interrupted, or still being written" };
      return readManifest(location, id).then(
        (manifest) => ({ id, bytes, manifest }),
        (error: Error) => ({ id, bytes, fault: error.message }),
      );
    }),
  );
}

/** @default the newest backup */
export interface BackupChoice {
  readonly id?: string | undefined;
  /** Selects the newest backup that was completed by then. */
  readonly before?: Date | undefined;
}

/**
 * Chooses a backup.
 * @returns its id
 * @throws {OperatorError} if there is none
 */
export async function chooseBackup(location: BackupLocation, { id, before }: BackupChoice): Promise<string> {
  const complete = (await findBackups(location)).filter(({ isComplete }) => isComplete).reverse();
  if (id && id !== "latest") {
    if (complete.some((each) => each.id === id)) return id;
    throw new OperatorError("backup-unusable", {
      what: `${location.address} has no complete backup ${id}.`,
      why: "It does not exist, or it was interrupted before its manifest was written.",
      action: "List the backups with `backup list`, and choose another.",
    });
  }
  for (const { id } of complete) {
    if (!before || new Date((await readManifest(location, id)).finishedAt) <= before) return id;
  }
  throw new OperatorError("backup-not-found", {
    what: `${location.address} has no backup${before ? ` that was completed by ${before.toISOString()}` : ""}.`,
    why: "The location is another one, or its backups are newer or incomplete.",
    action: "List the backups with `backup list`, and check the location.",
  });
}

/**
 * Whether a backup has a valid manifest, and all files in their sizes. Only `verify` checks their content.
 * @throws {OperatorError} if its manifest cannot be read: that does not show that the backup is damaged
 */
async function isIntact(location: BackupLocation, { id, files, isComplete }: StoredBackup): Promise<boolean> {
  if (!isComplete) return false;
  try {
    return findIntegrityErrors(await readManifest(location, id), files).length === 0;
  } catch (error) {
    if (hasCode(error, "manifest-damaged")) return false;
    throw error;
  }
}

const idPattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** Id of a new backup: its start time in UTC and a random suffix, as in `20261122T223000Z-4f2a91c3`. Ids sort by time. */
export function newBackupId(now: number): string {
  const time = new Date(now).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return `${time}-${randomBytes(4).toString("hex")}`;
}

/** @returns when a backup started, or `undefined` if the id is not that of a backup */
function parseBackupTime(id: string): Date | undefined {
  return idPattern.test(id) ? new Date(id.replace(idPattern, "$1-$2-$3T$4:$5:$6Z")) : undefined;
}

const dayMs = 24 * 60 * 60 * 1_000;

/** A younger incomplete backup may still be in progress. */
const incompleteKeepDays = 1;

export interface PruneOptions {
  readonly location: BackupLocation;
  /** Selects backups that started earlier than this. */
  readonly keepDays: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What {@link pruneBackups} deletes. */
export interface PrunableBackups {
  readonly backups: readonly StoredBackup[];
  /** Uploads whose parts a bucket keeps but does not list. */
  readonly unfinishedWrites: readonly UnfinishedWrite[];
}

/** Finds old and incomplete backups. The newest intact backup is none of them, however old it is. */
export async function findPrunable({ location, keepDays, now }: PruneOptions): Promise<PrunableBackups> {
  const stored = await findBackups(location);
  let newestIntact: string | undefined;
  for (const each of stored.toReversed()) {
    newestIntact ??= (await isIntact(location, each)) ? each.id : undefined;
  }
  const isOlder = (time: Date | undefined, days: number) => time !== undefined && time.getTime() < now - days * dayMs;
  const backups = stored.filter(
    ({ id, isComplete, startedAt }) =>
      id !== newestIntact && isOlder(startedAt, isComplete ? keepDays : incompleteKeepDays),
  );
  const unfinishedWrites = (await location.unfinishedWrites()).filter(({ path }) =>
    isOlder(parseBackupTime(path.slice(0, path.indexOf("/"))), incompleteKeepDays),
  );
  return { backups, unfinishedWrites };
}

/** Deletes what {@link findPrunable} found. */
export async function pruneBackups(
  location: BackupLocation,
  { backups, unfinishedWrites }: PrunableBackups,
  progress: Progress = silentProgress,
): Promise<void> {
  progress.begin(
    "delete",
    backups.reduce((sum, { files }) => sum + files.length, unfinishedWrites.length),
    "files",
  );
  for (const each of backups) await remove(location, each, progress);
  for (const each of unfinishedWrites) {
    await each.discard();
    progress.advance(1);
  }
}

/** Deletes the manifest first, so that a partly deleted backup does not look complete. */
async function remove(location: BackupLocation, { id, files }: StoredBackup, progress: Progress): Promise<void> {
  const manifest = getManifestPath(id);
  await location.remove(manifest);
  for (const { path } of files) {
    if (path !== manifest) await location.remove(path);
    progress.advance(1);
  }
}
