import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Db } from "mongodb";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { printJson, warn } from "../cli/output.ts";
import { type Progress, withProgress } from "../cli/progress.ts";
import { confirm } from "../cli/prompt.ts";
import { type BackupChoice, chooseBackup } from "./catalog.ts";
import { getDatabaseAddress, withDatabase } from "./database.ts";
import type { Dump } from "./dump-format.ts";
import type { BackupLocation } from "./location.ts";
import type { Manifest } from "./manifest.ts";
import { openLocation, requireLocation } from "./open-location.ts";
import { type RestoreResult, requireEmpty, restoreDump } from "./restore.ts";
import { formatPlan, planRestore } from "./restore-plan.ts";
import { requireRestorePrivileges } from "./restore-privileges.ts";
import { isToolsDump, readToolsDump, rejectArchives } from "./tools-dump.ts";
import { verifyBackup } from "./verify.ts";

/** Options of `restore`, as `commands.ts` describes them. */
export interface LocationRestoreOptions extends BackupChoice {
  readonly location?: string;
  /** Location of snapshots that Atlas exported, instead of `location`. */
  readonly fromExport?: string;
  /** Name of the database in the export. */
  readonly database: string;
  readonly into?: string;
  /** Name of the target, whose content is dropped. @default the target must be empty */
  readonly replace?: string;
  /** Skips the confirmation of `replace`. */
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly erasuresFrom?: string;
}

/** The result of `restore`, as in its JSON output. That of a dry run is a {@link PlannedRestore}. */
export interface LocationRestoreResult extends RestoreResult {
  /** The backup, or the dump of the MongoDB tools. */
  readonly source: string;
  /** Name of the database. */
  readonly target: string;
  readonly collections: number;
}

const interruption = {
  why: "The database may be partly restored, and is then marked.",
  action: "Run the command again with --replace and the name of the database.",
};
const harmlessInterruption = { why: "Nothing was changed.", action: "Run the command again." };

/** `restore`: verifies a backup, or a dump of the MongoDB tools, and restores it. */
export async function restoreFromLocation(options: LocationRestoreOptions): Promise<void> {
  const { fromExport, into, replace, yes, dryRun, json, erasuresFrom } = options;
  const address = requireLocation(fromExport ?? options.location, "--location or --from-export");
  const target = into === undefined ? getDatabaseAddress() : { uri: into, source: "--into" };
  const location = await openLocation(address);
  if ((await stat(address).catch(() => undefined))?.isFile()) {
    await rejectArchives(await openLocation(dirname(address)), [basename(address)]);
  }
  // Checked first, because reading a backup takes minutes.
  await withDatabase(target, harmlessInterruption, async (database) => {
    await requireRestorePrivileges(database);
    if (replace === undefined) return requireEmpty(database);
    const { databaseName: name } = database;
    requireName(name, replace);
    if (!dryRun) await confirm({ consequence: `This drops all data in the database ${name}.`, name, yes });
  });
  const { dump, manifest } = await withProgress((progress) => readSource(location, options, progress));
  const source = { dump, replace: replace !== undefined };
  const failure = dryRun ? harmlessInterruption : interruption;
  await withDatabase(target, failure, async (database) => {
    const work = async (erasures?: Db) => {
      const from = { ...source, database, ...(erasures && { erasuresFrom: erasures }) };
      if (dryRun) {
        const plan = await planRestore({ ...from, manifest, now: Date.now() });
        if (json) printJson(plan);
        else console.log(formatPlan(plan).join("\n"));
        return;
      }
      const restored = await withProgress((progress) =>
        runInterruptible(interruption, (signal) => restoreDump({ ...from, clock: Date.now, progress, signal })),
      );
      const collections = dump.collections.length;
      const result: LocationRestoreResult = {
        source: dump.name,
        target: database.databaseName,
        collections,
        ...restored,
      };
      if (json) printJson(result);
      else console.log(formatResult(result));
    };
    if (erasuresFrom) await withDatabase({ uri: erasuresFrom, source: "--erasures-from" }, failure, work);
    else await work();
  });
}

const formatResult = ({ source, target, documents, collections, deletedAgain }: LocationRestoreResult): string =>
  `restored ${source} into ${target}: ${documents} documents in ${collections} collections, compared with the dump` +
  (deletedAgain > 0 ? `; ${deletedAgain} of deleted users deleted again` : "");

function requireName(name: string, replace: string): void {
  if (replace === name) return;
  throw new OperatorError("replaced-name-differs", {
    what: "Nothing was changed.",
    why: `The target is the database ${name}, and --replace names ${replace}.`,
    action: `Correct the connection string, or add --replace ${name} to drop all data in ${name}.`,
  });
}

async function readSource(
  location: BackupLocation,
  options: LocationRestoreOptions,
  progress: Progress,
): Promise<{ dump: Dump; manifest?: Manifest }> {
  if (options.fromExport === undefined) return readVerifiedDump(location, options, progress);
  const { readExport } = await import("./read-export.ts");
  const { dump, takenAt } = await readExport(location, { ...options, progress });
  warn(
    `The export has the data of ${takenAt.toISOString()}. It contains no views, and no checksums: the command can check each document, but ` +
      "not whether Atlas exported all of them.",
  );
  return { dump };
}

/** A backup that `verifyBackup` accepts or, if the location has none, a dump of the MongoDB tools. */
export async function readVerifiedDump(
  location: BackupLocation,
  { id, before }: BackupChoice,
  progress: Progress,
): Promise<{ dump: Dump; manifest?: Manifest }> {
  if (id === undefined && before === undefined) {
    const files = await location.list();
    if (isToolsDump(files)) {
      warn(
        `${location.address} has no manifest: it is a dump of the MongoDB tools. The command can check the structure of its ` +
          "documents, but not whether it is complete.",
      );
      return { dump: await readToolsDump(location, progress) };
    }
    const paths = files.map(({ path }) => path).filter((path) => !path.includes("/"));
    await rejectArchives(location, paths);
  }
  const chosen = await chooseBackup(location, { id, before });
  return verifyBackup(location, chosen, progress);
}
