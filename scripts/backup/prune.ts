import { looksWhole, type Stored, storedBackups } from "./catalog.ts";
import { manifestPath } from "./manifest.ts";
import type { BackupStore } from "./store.ts";

const dayMilliseconds = 24 * 60 * 60 * 1_000;

/** An attempt that is younger may still be under way. */
const attemptDays = 1;

export interface PruneOptions {
  readonly store: BackupStore;
  /** Backups that began earlier than so many days ago are removed. */
  readonly keepDays: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** @default they are removed indeed */
  readonly dryRun?: boolean;
}

/**
 * Removes old backups, and what is left of attempts. The newest whole backup stays, however old it is.
 * @returns what was removed, or would be
 */
export async function pruneBackups({ store, keepDays, now, dryRun }: PruneOptions): Promise<Stored[]> {
  const stored = await storedBackups(store);
  const keep = await newestWhole(store, stored);
  const old = stored.filter(({ id, complete, startedAt }) => {
    const days = complete ? keepDays : attemptDays;
    return id !== keep && startedAt.getTime() < now - days * dayMilliseconds;
  });
  if (!dryRun) for (const each of old) await remove(store, each);
  return old;
}

async function newestWhole(store: BackupStore, stored: readonly Stored[]): Promise<string | undefined> {
  for (const each of stored.toReversed()) if (await looksWhole(store, each)) return each.id;
  return undefined;
}

/** The manifest goes first, so that what is removed by half does not look whole. */
async function remove(store: BackupStore, { id, files }: Stored): Promise<void> {
  await store.remove(manifestPath(id));
  for (const { path } of files) if (path !== manifestPath(id)) await store.remove(path);
}
