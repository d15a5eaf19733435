import type { Db } from "mongodb";
import type { Clock } from "../../../service/platform/clock.ts";
import { chooseBackup } from "../catalog.ts";
import type { RestoreTestResult } from "../contract.ts";
import type { BackupStore } from "../location.ts";
import { silent } from "../progress.ts";
import { restoreDump } from "../restore.ts";
import { requireRestorePrivileges } from "../restore-privileges.ts";
import { verifyBackup } from "../verify.ts";

export interface RestoreTestOptions {
  /** Where backups are. It is only read. */
  readonly store: BackupStore;
  /** Where the backup is restored to: all that it holds is dropped, before and after. */
  readonly database: Db;
  readonly clock: Clock;
  /** Tells to stop. */
  readonly signal: AbortSignal;
}

/**
 * Reads the newest backup to its end, restores it, compares what is there with its manifest, and drops it again.
 * @throws {BackupError} if there is no backup, or it does not restore
 */
export async function verifyNewest(options: RestoreTestOptions): Promise<RestoreTestResult> {
  const { store, database, clock, signal } = options;
  const startedAt = clock();
  // To read takes minutes too, and tells of each step.
  const progress = { ...silent, advance: () => signal.throwIfAborted() };
  const id = await chooseBackup(store, {});
  const { manifest, dump } = await verifyBackup(store, id, progress);
  await requireRestorePrivileges(
    database,
    dump.collections.map(({ metadata }) => metadata),
  );
  await empty(database);
  try {
    const { documents } = await restoreDump({ dump, database, clock, progress, signal });
    const endedAt = clock();
    return {
      id,
      documents,
      collections: dump.collections.length,
      seconds: (endedAt - startedAt) / 1_000,
      ageSeconds: (endedAt - Date.parse(manifest.startedAt)) / 1_000,
    };
  } finally {
    await empty(database);
  }
}

/** One collection after the other: a user who may read and write a database may not drop it as a whole. */
async function empty(database: Db): Promise<void> {
  for (const { name } of await database.listCollections({}, { nameOnly: true }).toArray()) {
    if (!name.startsWith("system.")) await database.dropCollection(name);
  }
}
