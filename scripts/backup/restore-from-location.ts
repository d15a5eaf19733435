import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Db } from "mongodb";
import { runInterruptible } from "../cli/interruptible.ts";
import { chooseBackup } from "./catalog.ts";
import { type DatabaseAddress, withDatabase } from "./database.ts";
import type { Dump } from "./dump.ts";
import type { BackupLocation } from "./location.ts";
import { openLocation } from "./open-store.ts";
import type { Progress } from "./progress.ts";
import { type RestoreResult, requireEmpty, restoreDump } from "./restore.ts";
import { requireRestorePrivileges } from "./restore-privileges.ts";
import { isToolsDump, readToolsDump, rejectArchives } from "./tools-dump.ts";
import { verifyBackup } from "./verify.ts";

/** What an operator restores, and how the command reports. */
export interface LocationRestoreOptions {
  /** A folder, or `s3://bucket/prefix`. */
  readonly address: string;
  /** @default the newest */
  readonly id?: string;
  /** Only a backup that had ended by then. */
  readonly before?: Date;
  readonly into: DatabaseAddress;
  /** Drops what the database holds, if confirmed. */
  readonly replace: boolean;
  /** Connection string of a database that knows of users who were deleted after the backup was made. */
  readonly erasuresFrom?: string;
  /** @throws {BackupError} unless the operator agrees that this database is dropped */
  readonly confirm: (database: string) => Promise<void>;
  readonly warn: (line: string) => void;
  readonly progress: Progress;
}

/** What was restored, and into which database. */
export interface LocationRestore extends RestoreResult {
  readonly dump: Dump;
  readonly database: string;
}

const again = {
  why: "The database may be partly restored, and is then marked as such.",
  action: "Run the command again with --replace.",
};

/**
 * Restores from a location what was found sound there.
 * @throws {BackupError} if the database is not as the backup in the end
 */
export async function restoreFromLocation(options: LocationRestoreOptions): Promise<LocationRestore> {
  const { address, into, replace, erasuresFrom, confirm, progress } = options;
  const store = await openLocation(address, process.env);
  const found = await stat(address).catch(() => undefined);
  if (found?.isFile())
    await rejectArchives(await openLocation(dirname(address), process.env), [basename(address)]);
  // What stands in the way is better known before a backup is read for minutes.
  await withDatabase(
    into,
    { why: "Nothing was changed.", action: "Run the command again." },
    async (database) => {
      await requireRestorePrivileges(database);
      if (replace) await confirm(database.databaseName);
      else await requireEmpty(database);
    },
  );
  const dump = await readVerifiedDump(store, options);
  return withDatabase(into, again, async (database) => {
    const run = (erasures?: Db) =>
      runInterruptible(again, (signal) =>
        restoreDump({
          dump,
          database,
          replace,
          clock: Date.now,
          progress,
          signal,
          ...(erasures && { erasuresFrom: erasures }),
        }),
      );
    const restored = erasuresFrom
      ? await withDatabase({ uri: erasuresFrom, source: "--erasures-from" }, again, run)
      : await run();
    return { ...restored, dump, database: database.databaseName };
  });
}

/** A backup that is as it was written or, where there are none, what the MongoDB tools left. */
async function readVerifiedDump(
  store: BackupLocation,
  { id, before, warn, progress }: LocationRestoreOptions,
): Promise<Dump> {
  if (id === undefined && before === undefined) {
    const files = await store.list();
    if (isToolsDump(files)) {
      warn(
        `${store.address} has no manifest: it is a dump of the MongoDB tools. Whether it is complete cannot be told, only that ` +
          "its documents are sound.",
      );
      return readToolsDump(store, progress);
    }
    await rejectArchives(
      store,
      files.map(({ path }) => path).filter((path) => !path.includes("/")),
    );
  }
  const chosen = await chooseBackup(store, { ...(id && { id }), ...(before && { before }) });
  return (await verifyBackup(store, chosen, progress)).dump;
}
