import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Db } from "mongodb";
import { interruptible } from "../cli/interruptible.ts";
import { chooseBackup } from "./catalog.ts";
import { type DatabaseAddress, withDatabase } from "./database.ts";
import type { Dump } from "./dump.ts";
import type { BackupStore } from "./location.ts";
import { openStore } from "./open-store.ts";
import type { Progress } from "./progress.ts";
import { type Restored, refuseUnlessEmpty, restoreDump } from "./restore.ts";
import { requireRestorePrivileges } from "./restore-privileges.ts";
import { isToolsDump, readToolsDump, refuseArchives } from "./tools-dump.ts";
import { verifyBackup } from "./verify.ts";

/** What an operator restores, and how the command reports. */
export interface LocationRestoreOptions {
  /** A folder, or `s3://bucket/prefix`. */
  readonly from: string;
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
export interface LocationRestore extends Restored {
  readonly dump: Dump;
  readonly database: string;
}

const again = {
  consequence: "The database may be partly restored, and is then marked as such.",
  action: "Run the command again with --replace.",
};

/**
 * Restores from a location what was found sound there.
 * @throws {BackupError} if the database is not as the backup in the end
 */
export async function restoreFromLocation(options: LocationRestoreOptions): Promise<LocationRestore> {
  const { from, into, replace, erasuresFrom, confirm, progress } = options;
  const store = await openStore(from, process.env);
  const found = await stat(from).catch(() => undefined);
  if (found?.isFile()) await refuseArchives(await openStore(dirname(from), process.env), [basename(from)]);
  // What stands in the way is better known before a backup is read for minutes.
  await withDatabase(
    into,
    { consequence: "Nothing was changed.", action: "Run the command again." },
    async (database) => {
      await requireRestorePrivileges(database);
      if (replace) await confirm(database.databaseName);
      else await refuseUnlessEmpty(database);
    },
  );
  const dump = await soundDump(store, options);
  return withDatabase(into, again, async (database) => {
    const run = (erasures?: Db) =>
      interruptible(again, (signal) =>
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
async function soundDump(
  store: BackupStore,
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
    await refuseArchives(
      store,
      files.map(({ path }) => path).filter((path) => !path.includes("/")),
    );
  }
  const chosen = await chooseBackup(store, { ...(id && { id }), ...(before && { before }) });
  return (await verifyBackup(store, chosen, progress)).dump;
}
