import { randomBytes } from "node:crypto";
import { integrityErrors } from "./checksums.ts";
import { BackupError } from "./errors.ts";
import { type Manifest, manifestPath, readManifest } from "./manifest.ts";
import type { BackupStore, StoredFile } from "./store.ts";

/** What a store holds of one backup. */
export interface Stored {
  readonly id: string;
  readonly startedAt: Date;
  readonly files: readonly StoredFile[];
  /** Whether its manifest is there: without one it is no backup, but what was left of an attempt. */
  readonly complete: boolean;
}

/** All that a store holds, oldest first. */
export async function storedBackups(store: BackupStore): Promise<Stored[]> {
  const byId = new Map<string, StoredFile[]>();
  for (const file of await store.list()) {
    const id = file.path.slice(0, file.path.indexOf("/"));
    byId.set(id, [...(byId.get(id) ?? []), file]);
  }
  const stored = [...byId].flatMap(([id, files]): Stored[] => {
    const startedAt = backupTime(id);
    const complete = files.some(({ path }) => path === manifestPath(id));
    return startedAt ? [{ id, startedAt, files, complete }] : [];
  });
  return stored.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A backup with its manifest, or why it has none to show. */
export type ListedBackup = { readonly id: string; readonly bytes: number } & (
  | { readonly manifest: Manifest }
  | { readonly fault: string }
);

/** All that a store holds, oldest first, with what the manifests say. */
export async function listBackups(store: BackupStore): Promise<ListedBackup[]> {
  return Promise.all(
    (await storedBackups(store)).map(async ({ id, complete, files }) => {
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      if (!complete) return { id, bytes, fault: "incomplete: it was interrupted, or is being written" };
      return readManifest(store, id).then(
        (manifest) => ({ id, bytes, manifest }),
        (error: Error) => ({ id, bytes, fault: error.message }),
      );
    }),
  );
}

/** Which backup is meant. */
export interface Choice {
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
export async function chooseBackup(store: BackupStore, { id, before }: Choice): Promise<string> {
  const stored = await storedBackups(store);
  if (id && id !== "latest") {
    const named = stored.find((each) => each.id === id);
    if (named?.complete) return id;
    const reason = named ? "it was not written to its end" : "it is not there";
    throw new BackupError(
      `The backup ${id} in ${store.address} cannot be used: ${reason}. \`backup list\` shows all.`,
    );
  }
  for (const { id } of stored.filter(({ complete }) => complete).reverse()) {
    if (!before || new Date((await readManifest(store, id)).finishedAt) <= before) return id;
  }
  throw new BackupError(
    `There is no backup ${before ? `that had ended by ${before.toISOString()} ` : ""}in ${store.address}. ` +
      "`backup list` shows all; check the address.",
  );
}

/** Whether a backup has a sound manifest, and all files in the sizes that it tells. Their content is left to `verify`. */
export async function looksWhole(store: BackupStore, { id, files, complete }: Stored): Promise<boolean> {
  if (!complete) return false;
  const manifest = await readManifest(store, id).catch((error: unknown) => {
    if (error instanceof BackupError) return undefined;
    throw error;
  });
  return manifest !== undefined && integrityErrors(manifest, files).length === 0;
}

const pattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** Name of a new backup, such as `20261122T223000Z-4f2a91c3`: the time of its beginning in UTC, and chance. They sort by time. */
export function newBackupId(now: number): string {
  const time = new Date(now).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return `${time}-${randomBytes(4).toString("hex")}`;
}

/** When a backup began, by its name, or `undefined` if that is the name of no backup. */
export function backupTime(id: string): Date | undefined {
  const parts = pattern.exec(id);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
