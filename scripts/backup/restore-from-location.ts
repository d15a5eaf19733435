import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Db } from "mongodb";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { prompt } from "../cli/prompt.ts";
import { type BackupChoice, chooseBackup } from "./catalog.ts";
import { getDatabaseAddress, withDatabase } from "./database.ts";
import type { Dump } from "./dump-format.ts";
import type { BackupLocation } from "./location.ts";
import { openLocation } from "./open-location.ts";
import { ProgressLines } from "./progress.ts";
import { requireEmpty, restoreDump } from "./restore.ts";
import { requireRestorePrivileges } from "./restore-privileges.ts";
import { isToolsDump, readToolsDump, rejectArchives } from "./tools-dump.ts";
import { verifyBackup } from "./verify.ts";

/** Options of `restore`, as `commands.ts` describes them. */
export interface LocationRestoreOptions extends BackupChoice {
  readonly location: string;
  readonly into?: string;
  readonly replace?: boolean;
  readonly yesReplace?: string;
  readonly erasuresFrom?: string;
}

const interruption = {
  why: "The database may be partly restored, and is then marked.",
  action: "Run the command again with --replace.",
};

/** `restore`: verifies a backup, or a dump of the MongoDB tools, and restores it. */
export async function restoreFromLocation(options: LocationRestoreOptions): Promise<void> {
  const { location: address, into, yesReplace, replace = yesReplace !== undefined, erasuresFrom } = options;
  const target = into === undefined ? getDatabaseAddress() : { uri: into, source: "--into" };
  const progress = new ProgressLines(process.stderr);
  const location = await openLocation(address);
  if ((await stat(address).catch(() => undefined))?.isFile()) {
    await rejectArchives(await openLocation(dirname(address)), [basename(address)]);
  }
  // Checked first, because reading a backup takes minutes.
  await withDatabase(target, { why: "Nothing was changed.", action: "Run the command again." }, async (database) => {
    await requireRestorePrivileges(database);
    if (replace) await confirm(database.databaseName, yesReplace);
    else await requireEmpty(database);
  });
  const dump = await readVerifiedDump(location, options, progress);
  await withDatabase(target, interruption, async (database) => {
    const restore = (erasures?: Db) =>
      runInterruptible(interruption, (signal) =>
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
    const { documents, deletedAgain } = erasuresFrom
      ? await withDatabase({ uri: erasuresFrom, source: "--erasures-from" }, interruption, restore)
      : await restore();
    console.log(
      `restored ${dump.name} into ${database.databaseName}: ${documents} documents in ${dump.collections.length} ` +
        `collections, compared with the dump${deletedAgain > 0 ? `; ${deletedAgain} of deleted users deleted again` : ""}`,
    );
  });
}

async function confirm(name: string, given?: string): Promise<void> {
  const typed = given ?? (await prompt(`This drops all data in ${name}. Type its name to continue: `));
  if (typed === name) return;
  throw new OperatorError("replacement-not-confirmed", {
    what: `The restore into ${name} was not confirmed, and nothing was changed.`,
    why: typed ? `The name given was ${typed}.` : "No name was given.",
    action: "Type the name of the database at the prompt, or give it with --yes-replace.",
  });
}

/** A backup that `verifyBackup` accepts or, if the location has none, a dump of the MongoDB tools. */
async function readVerifiedDump(
  location: BackupLocation,
  { id, before }: BackupChoice,
  progress: ProgressLines,
): Promise<Dump> {
  if (id === undefined && before === undefined) {
    const files = await location.list();
    if (isToolsDump(files)) {
      console.warn(
        `${location.address} has no manifest: it is a dump of the MongoDB tools. The command can check the structure of its ` +
          "documents, but not whether it is complete.",
      );
      return readToolsDump(location, progress);
    }
    const paths = files.map(({ path }) => path).filter((path) => !path.includes("/"));
    await rejectArchives(location, paths);
  }
  const chosen = await chooseBackup(location, { id, before });
  return (await verifyBackup(location, chosen, progress)).dump;
}
