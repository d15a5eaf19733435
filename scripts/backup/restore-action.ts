import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Db } from "mongodb";
import { interruptible } from "../cli/interruptible.ts";
import { ask } from "../cli/prompt.ts";
import { progressHere } from "./actions.ts";
import { chooseBackup } from "./catalog.ts";
import { databaseAddress, withDatabase } from "./database.ts";
import type { Dump } from "./dump.ts";
import { BackupError } from "./errors.ts";
import { openStore } from "./open-store.ts";
import type { Progress } from "./progress.ts";
import { refuseUnlessEmpty, restoreDump } from "./restore.ts";
import { requireRestorePrivileges } from "./restore-privileges.ts";
import type { BackupStore } from "./store.ts";
import { refuseArchives } from "./tools-archive.ts";
import { isToolsDump, readToolsDump } from "./tools-dump.ts";
import { verifyBackup } from "./verify.ts";

export interface RestoreCommandOptions {
  /** A folder, or `s3://bucket/prefix`. */
  readonly from: string;
  /** @default the newest */
  readonly id?: string;
  readonly before?: Date;
  /** @default what `MONGODB_URI` names */
  readonly into?: string;
  readonly replace?: boolean;
  /** Name of the database that may be replaced: in place of typing it. */
  readonly yesReplace?: string;
  readonly erasuresFrom?: string;
}

const again =
  "The database may be half restored, and is then marked as such: run this again with --replace, which starts anew.";

/**
 * `npm run ops -- restore`
 * @throws {BackupError} if the database is not as the backup in the end
 */
export async function restore(options: RestoreCommandOptions): Promise<void> {
  const { into, erasuresFrom, yesReplace } = options;
  const replace = options.replace ?? yesReplace !== undefined;
  const store = await openStore(options.from, process.env);
  const found = await stat(options.from).catch(() => undefined);
  if (found?.isFile()) {
    await refuseArchives(await openStore(dirname(options.from), process.env), [basename(options.from)]);
  }
  const target = databaseAddress(
    process.env,
    into === undefined ? undefined : { name: "--into", value: into },
  );
  const progress = progressHere();
  // What stands in the way is better known before a backup is read for minutes.
  await withDatabase(target, "Nothing was changed.", async (database) => {
    await requireRestorePrivileges(database);
    if (replace) await confirm(database.databaseName, yesReplace);
    else await refuseUnlessEmpty(database);
  });
  const dump = await wholeDump(store, options, progress);
  await withDatabase(target, again, async (database) => {
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
    const { documents, erased } = erasuresFrom
      ? await withDatabase({ uri: erasuresFrom, source: "--erasures-from" }, again, run)
      : await run();
    console.log(
      `restored ${dump.name} into ${database.databaseName}: ${documents} documents in ${dump.collections.length} ` +
        `collections, compared with the dump${erased > 0 ? `; ${erased} of users who were deleted since are deleted again` : ""}`,
    );
  });
}

/** A backup that is as it was written or, where there are none, what the MongoDB tools left. */
async function wholeDump(
  store: BackupStore,
  { id, before }: RestoreCommandOptions,
  progress: Progress,
): Promise<Dump> {
  if (id === undefined && before === undefined) {
    const files = await store.list();
    if (isToolsDump(files)) {
      console.warn(
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

async function confirm(name: string, given?: string): Promise<void> {
  const typed = given ?? (await ask(`This drops all that ${name} holds. Type its name to go on: `));
  if (typed === name) return;
  throw new BackupError(
    `The database is ${name}, and ${typed ? `${typed} was given` : "no name was given"}: nothing was changed. Type its name, or ` +
      `give it with --yes-replace.`,
  );
}
