import type { Db } from "mongodb";
import type { Clock } from "../../../service/platform/clock.ts";
import { chooseBackup } from "../catalog.ts";
import type { RestoreTestResult } from "../contract.ts";
import type { BackupLocation } from "../location.ts";
import { silentProgress } from "../progress.ts";
import { restoreDump } from "../restore.ts";
import { requireRestorePrivileges } from "../restore-privileges.ts";
import { verifyBackup } from "../verify.ts";

export interface RestoreTestOptions {
  /** Where backups are. It is only read. */
  readonly location: BackupLocation;
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
export async function runRestoreTest(options: RestoreTestOptions): Promise<RestoreTestResult> {
  const { location, database, clock, signal } = options;
  const startedAt = clock();
  // To read takes minutes too, and tells of each step.
  const progress = { ...silentProgress, advance: () => signal.throwIfAborted() };
  const id = await chooseBackup(location, {});
  const { manifest, dump } = await verifyBackup(location, id, progress);
  await requireRestorePrivileges(
    database,
    dump.collections.map(({ metadata }) => metadata),
  );
  await dropCollections(database);
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
    await dropCollections(database);
  }
}

/** One collection after the other: a user who may read and write a database may not drop it as a whole. */
async function dropCollections(database: Db): Promise<void> {
  for (const { name } of await database.listCollections({}, { nameOnly: true }).toArray()) {
    if (!name.startsWith("system.")) await database.dropCollection(name);
  }
}
