import { randomBytes } from "node:crypto";
import { findIntegrityErrors } from "./checksums.ts";
import { BackupError } from "./errors.ts";
import type { BackupLocation, StoredFile } from "./location.ts";
import { getManifestPath, type Manifest, readManifest } from "./manifest.ts";

/** What a store holds of one backup. */
export interface StoredBackup {
  readonly id: string;
  readonly startedAt: Date;
  readonly files: readonly StoredFile[];
  /** Whether its manifest is there: without one it is no backup, but what was left of an attempt. */
  readonly isComplete: boolean;
}

/** All that a store holds, oldest first. */
export async function findBackups(store: BackupLocation): Promise<StoredBackup[]> {
  const byId = new Map<string, StoredFile[]>();
  for (const file of await store.list()) {
    const id = file.path.slice(0, file.path.indexOf("/"));
    byId.set(id, [...(byId.get(id) ?? []), file]);
  }
  const stored = [...byId].flatMap(([id, files]): StoredBackup[] => {
    const startedAt = parseBackupTime(id);
    const complete = files.some(({ path }) => path === getManifestPath(id));
    return startedAt ? [{ id, startedAt, files, isComplete: complete }] : [];
  });
  return stored.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A backup with its manifest, or why it has none to show. */
export type ListedBackup = { readonly id: string; readonly bytes: number } & (
  | { readonly manifest: Manifest }
  | { readonly fault: string }
);

/** All that a store holds, oldest first, with what the manifests say. */
export async function listBackups(store: BackupLocation): Promise<ListedBackup[]> {
  return Promise.all(
    (await findBackups(store)).map(async ({ id, isComplete, files }) => {
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      if (!isComplete) return { id, bytes, fault: "incomplete: it was interrupted, or is being written" };
      return readManifest(store, id).then(
        (manifest) => ({ id, bytes, manifest }),
        (error: Error) => ({ id, bytes, fault: error.message }),
      );
    }),
  );
}

/** Which backup is meant. */
export interface BackupChoice {
  /** @default the newest one */
  readonly id?: string;
  /** The newest one that had ended by then. */
  readonly before?: Date;
}

/**
 * Finds a backup.
 * @returns its id
 * @throws {BackupError} if there is none
 */
export async function chooseBackup(store: BackupLocation, { id, before }: BackupChoice): Promise<string> {
  const stored = await findBackups(store);
  if (id && id !== "latest") {
    const named = stored.find((each) => each.id === id);
    if (named?.isComplete) return id;
    const reason = named ? "it was not written to its end" : "it is not there";
    throw new BackupError(
      `The backup ${id} in ${store.address} cannot be used: ${reason}. \`backup list\` shows all.`,
    );
  }
  for (const { id } of stored.filter(({ isComplete }) => isComplete).reverse()) {
    if (!before || new Date((await readManifest(store, id)).finishedAt) <= before) return id;
  }
  throw new BackupError(
    `There is no backup ${before ? `that had ended by ${before.toISOString()} ` : ""}in ${store.address}. ` +
      "`backup list` shows all; check the address.",
  );
}

/** Whether a backup has a sound manifest, and all files in the sizes that it tells. Their content is left to `verify`. */
async function isIntact(store: BackupLocation, { id, files, isComplete }: StoredBackup): Promise<boolean> {
  if (!isComplete) return false;
  const manifest = await readManifest(store, id).catch((error: unknown) => {
    if (error instanceof BackupError) return undefined;
    throw error;
  });
  return manifest !== undefined && findIntegrityErrors(manifest, files).length === 0;
}

const idPattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** Name of a new backup, such as `20261122T223000Z-4f2a91c3`: the time of its beginning in UTC, and chance. They sort by time. */
export function newBackupId(now: number): string {
  const time = new Date(now).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return `${time}-${randomBytes(4).toString("hex")}`;
}

/** When a backup began, by its name, or `undefined` if that is the name of no backup. */
function parseBackupTime(id: string): Date | undefined {
  const parts = idPattern.exec(id);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const dayMs = 24 * 60 * 60 * 1_000;

/** An attempt that is younger may still be under way. */
const incompleteKeepDays = 1;

export interface PruneOptions {
  readonly location: BackupLocation;
  /** Backups that began earlier than so many days ago are removed. */
  readonly keepDays: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** @default they are removed indeed */
  readonly dryRun?: boolean;
}

/** What was removed, or would be. */
export interface PruneResult {
  readonly backups: readonly StoredBackup[];
  /** Paths of files whose write never ended: parts that a bucket keeps and does not list. */
  readonly unfinishedWrites: readonly string[];
}

/** Removes old backups, and what is left of attempts. The newest whole backup stays, however old it is. */
export async function pruneBackups({ location, keepDays, now, dryRun }: PruneOptions): Promise<PruneResult> {
  const stored = await findBackups(location);
  const keep = await findNewestIntact(location, stored);
  const isOlder = (time: Date | undefined, days: number) =>
    time !== undefined && time.getTime() < now - days * dayMs;
  const backups = stored.filter(
    ({ id, isComplete, startedAt }) =>
      id !== keep && isOlder(startedAt, isComplete ? keepDays : incompleteKeepDays),
  );
  const unfinished = (await location.unfinishedWrites()).filter(({ path }) =>
    isOlder(parseBackupTime(path.slice(0, path.indexOf("/"))), incompleteKeepDays),
  );
  if (!dryRun) {
    for (const each of backups) await remove(location, each);
    for (const each of unfinished) await each.discard();
  }
  return { backups, unfinishedWrites: unfinished.map(({ path }) => path) };
}

async function findNewestIntact(
  store: BackupLocation,
  stored: readonly StoredBackup[],
): Promise<string | undefined> {
  for (const each of stored.toReversed()) if (await isIntact(store, each)) return each.id;
  return undefined;
}

/** The manifest goes first, so that what is removed by half does not look whole. */
async function remove(store: BackupLocation, { id, files }: StoredBackup): Promise<void> {
  await store.remove(getManifestPath(id));
  for (const { path } of files) if (path !== getManifestPath(id)) await store.remove(path);
}
