import { namePrefix } from "../../service/company.ts";
/**
 * The contract about backups between the stacks, the Lambda functions and `ops`. It imports nothing.
 */

/** Suffix of the name of the function that dumps the database, and the prefix in the backup bucket that it can write to. */
export const dump = { functionName: "dump", prefix: "dumps/" } as const;

/** Name of the bucket for snapshots that Atlas exports, and of Atlas's role, without the environment; and the prefix that Atlas uses. */
export const snapshotExports = { name: "backups-exports", prefix: "exported_snapshots/" } as const;

/**
 * Megabytes of documents (10^6 bytes, uncompressed) that a dump and a restore test handle per second: docs/backups.md, "How large".
 * Plans and alarms use them. Update them when the dashboard shows lower or much higher rates.
 */
export const megabytesPerSecond = {
  dump: 5.9,
  /** A dump without a snapshot, which reads in the order of `_id` so that it can resume. */
  resumableDump: 4.1,
  restoreTest: 4.4,
} as const;

/** Limits of a dump, in seconds. */
export const dumpLimits = {
  /**
   * How long a server keeps a snapshot: `minSnapshotHistoryWindowInSeconds`,
   * https://www.mongodb.com/docs/manual/reference/parameters/#mongodb-parameter-param.minSnapshotHistoryWindowInSeconds
   */
  snapshot: 300,
  /** A function does not begin a dump that takes longer: a minute less than Lambda's 15, to start, to finish and for a wrong estimate. */
  function: 14 * 60,
} as const;

/** The largest database, in megabytes, that a dump reads as of one timestamp, and the largest one that the function dumps at all. */
export const largestDumps = {
  snapshot: dumpLimits.snapshot * megabytesPerSecond.dump,
  function: dumpLimits.function * megabytesPerSecond.resumableDump,
} as const;

/** The recovery from our own dump by `runbooks/restore-database.md`, in seconds. */
export const recovery = {
  /** Recovery time objective. */
  targetSeconds: 15 * 60,
  /** Its first look, steps and checks, without the two steps that take longer for a larger database. */
  runbookSeconds: 10 * 60,
} as const;

/** Seconds per megabyte: the runbook first backs up the current data, and then restores. */
const recoverySecondsPerMegabyte = 1 / megabytesPerSecond.dump + 1 / megabytesPerSecond.restoreTest;

/**
 * How long a recovery of the database from our own dump takes, in seconds, with the minutes that people need.
 * @param bytes size of all documents, uncompressed
 */
export const estimateRecoverySeconds = (bytes: number): number =>
  recovery.runbookSeconds + (bytes / 1e6) * recoverySecondsPerMegabyte;

/** The largest database, in megabytes, that meets the recovery time objective. */
export const largestRecovery = (recovery.targetSeconds - recovery.runbookSeconds) / recoverySecondsPerMegabyte;

/** The share of {@link largestRecovery} at which an alarm fires. */
export const recoveryWarningShare = 0.7;

/** Response of the function that dumps the database. */
export interface DumpResult {
  readonly id: string;
  readonly documents: number;
  /** Size of the files, without the manifest. */
  readonly bytes: number;
  readonly seconds: number;
  /** Whether the backup is point-in-time consistent. */
  readonly snapshot: boolean;
}

/** Suffix of the name of the function that runs restore tests, and the database that it restores into. */
export const restoreTest = { functionName: "restore-test", databaseName: `${namePrefix}-restore-test` } as const;

/** Response of the function that runs restore tests. */
export interface RestoreTestResult {
  /** Id of the backup. */
  readonly id: string;
  readonly documents: number;
  readonly collections: number;
  /** Time to read, restore and compare the backup. */
  readonly seconds: number;
  /** Age of the backup at the end of the test. */
  readonly ageSeconds: number;
}

/** Metrics that the functions emit for each attempt, with CloudWatch's units. */
export const backupMetrics = {
  /** 1 for a complete backup, or 0 for a failed attempt. */
  BackupsMade: "Count",
  BackupSize: "Megabytes",
  /** Size of the database, uncompressed, at the start of each dump, even one that then fails. */
  DatabaseSize: "Megabytes",
  BackupDuration: "Seconds",
  /** 1 for a passed restore test, or 0 for a failed one. */
  BackupsVerified: "Count",
  RestoreTestDuration: "Seconds",
  /** Age of the newest backup at the end of its restore test. */
  BackupAge: "Seconds",
} as const;

export type BackupMetric = keyof typeof backupMetrics;
