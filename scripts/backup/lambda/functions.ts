import type { Db } from "mongodb";
import { environmentCredentials } from "../../../service/cloud/credentials.ts";
import { readParameters } from "../../../service/cloud/parameters.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../../service/contract.ts";
import type { Clock } from "../../../service/platform/clock.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import { OperatorError } from "../../cli/errors.ts";
import { silentProgress } from "../../cli/progress.ts";
import { chooseBackup } from "../catalog.ts";
import { type DumpResult, dumpLimits, type RestoreTestResult } from "../contract.ts";
import { createBackup } from "../create-backup.ts";
import { type DatabaseAddress, withDatabase } from "../database.ts";
import type { SizeEstimate } from "../database-size.ts";
import type { BackupLocation } from "../location.ts";
import { countDocuments } from "../manifest.ts";
import { openLocation } from "../open-location.ts";
import { restoreDump } from "../restore.ts";
import { requireRestorePrivileges } from "../restore-privileges.ts";
import { verifyBackup } from "../verify.ts";
import { dumpAttempt, logAttempt, restoreTestAttempt } from "./attempt-log.ts";

export interface BackupFunctionsProps {
  readonly environment: DeployedEnvironment;
  /** Such as `s3://bucket/dumps/`. */
  readonly backupLocation: string;
  /** Name of the database of restore tests, which drop its content. */
  readonly scratchDatabase: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The Lambda function of an environment that dumps its database.
 * @throws {OperatorError} if there is no new backup
 */
export const dumpDatabase = (props: BackupFunctionsProps, invocation: Invocation): Promise<DumpResult> =>
  logAttempt(props, dumpAttempt, async (measure) => {
    const { backupLocation, clock } = props;
    const location = await openLocation(backupLocation);
    const interruption = { why: "There is no backup of this attempt.", action: "Invoke the function again." };
    const source = {
      ...{ location, clock, limitSeconds: dumpLimits.function },
      onEstimate: ({ bytes }: SizeEstimate) => measure({ DatabaseSize: bytes / 1e6 }),
    };
    const manifest = await withDatabase(await getAddress(props), interruption, (database) =>
      withDeadline(invocation, (signal) => createBackup({ ...source, database, signal })),
    );
    const { id, collections, finishedAt, startedAt, consistency } = manifest;
    return {
      id,
      documents: countDocuments(manifest),
      bytes: collections.reduce((sum, { metadata, data }) => sum + metadata.bytes + (data?.bytes ?? 0), 0),
      seconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000,
      snapshot: consistency.snapshot,
    };
  });

/**
 * The Lambda function of an environment that tests restoring its newest dump.
 * @throws {OperatorError} if there is no backup, or the restore test of the newest one fails
 */
export const verifyNewestDump = (props: BackupFunctionsProps, invocation: Invocation): Promise<RestoreTestResult> =>
  logAttempt(props, restoreTestAttempt, async () => {
    const { backupLocation, clock, scratchDatabase } = props;
    const location = await openLocation(backupLocation);
    const interruption = { why: "No backup was verified.", action: "Invoke the function again." };
    return withDatabase(await getAddress(props), interruption, ({ client }) => {
      const database = client.db(scratchDatabase);
      return withDeadline(invocation, (signal) => runRestoreTest({ database, location, clock, signal }));
    });
  });

/** The database authenticates the role of the function, without a password. */
async function getAddress({ environment }: BackupFunctionsProps): Promise<DatabaseAddress> {
  const getParameter = await readParameters(environment, [parameters.mongodbUri]);
  return {
    uri: getParameter(parameters.mongodbUri),
    source: `the parameter ${parameterPath(environment, parameters.mongodbUri)}`,
    credentials: async () => environmentCredentials(),
  };
}

export interface RestoreTestOptions {
  /** Where the backups are. The test only reads it. */
  readonly location: BackupLocation;
  /** Target of the restore. The test drops its content, before and after. */
  readonly database: Db;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Reads the newest backup completely, restores it, compares the result with the manifest, and drops it.
 * @throws {OperatorError} if there is no backup, or the restore fails
 */
export async function runRestoreTest(options: RestoreTestOptions): Promise<RestoreTestResult> {
  const { location, database, clock, signal } = options;
  const startedAt = clock();
  // Reading the backup takes minutes, too, and reports each step.
  const progress = { ...silentProgress, advance: () => signal.throwIfAborted() };
  const id = await chooseBackup(location, {});
  const { manifest, dump } = await verifyBackup(location, id, progress);
  await requireRestorePrivileges(database, { targets: dump.collections.map(({ metadata }) => metadata) });
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

/** One by one: the role `readWrite` does not allow `dropDatabase`. */
async function dropCollections(database: Db): Promise<void> {
  for (const { name } of await database.listCollections({}, { nameOnly: true }).toArray()) {
    if (!name.startsWith("system.")) await database.dropCollection(name);
  }
}

/** The part of Lambda's context that the functions use. */
export interface Invocation {
  readonly awsRequestId?: string;
  getRemainingTimeInMillis(): number;
}

/** Enough to stop an upload, close the database and write the last log line. */
const reserveMs = 30_000;

/**
 * Aborts work before Lambda ends the process, so that the log contains the reason, and no partial data stays.
 * @throws {OperatorError} the reason of the signal, if the time is too short
 */
async function withDeadline<Result>(
  invocation: Invocation,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = () =>
    controller.abort(
      new OperatorError("backup-function-timeout", {
        what: "The function was about to time out, and stopped.",
        why: "Lambda ends a function after 15 minutes, and the database is too large for that.",
        action: 'Give it more memory and with it more CPU, or see docs/backups.md, "How large".',
      }),
    );
  const timer = setTimeout(abort, invocation.getRemainingTimeInMillis() - reserveMs);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
