import { backupTime, looksWhole, type Stored, storedBackups } from "./catalog.ts";
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

/** What was removed, or would be. */
export interface Pruned {
  readonly backups: readonly Stored[];
  /** Paths of files whose write never ended: parts that a bucket keeps and does not list. */
  readonly unfinished: readonly string[];
}

/** Removes old backups, and what is left of attempts. The newest whole backup stays, however old it is. */
export async function pruneBackups({ store, keepDays, now, dryRun }: PruneOptions): Promise<Pruned> {
  const stored = await storedBackups(store);
  const keep = await newestWhole(store, stored);
  const isOlder = (time: Date | undefined, days: number) =>
    time !== undefined && time.getTime() < now - days * dayMilliseconds;
  const backups = stored.filter(
    ({ id, complete, startedAt }) => id !== keep && isOlder(startedAt, complete ? keepDays : attemptDays),
  );
  const unfinished = (await store.unfinishedWrites()).filter(({ path }) =>
    isOlder(backupTime(path.slice(0, path.indexOf("/"))), attemptDays),
  );
  if (!dryRun) {
    for (const each of backups) await remove(store, each);
    for (const each of unfinished) await each.discard();
  }
  return { backups, unfinished: unfinished.map(({ path }) => path) };
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
