import { namePrefix } from "../../service/company.ts";
/**
 * The contract about backups between the stacks, the Lambda functions and `ops`. It imports nothing.
 */

/** Suffix of the name of the function that dumps the database, and the prefix in the backup bucket that it can write to. */
export const dump = { functionName: "dump", prefix: "dumps/" } as const;

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
  BackupDuration: "Seconds",
  /** 1 for a passed restore test, or 0 for a failed one. */
  BackupsVerified: "Count",
  RestoreTestDuration: "Seconds",
  /** Age of the newest backup at the end of its restore test. */
  BackupAge: "Seconds",
} as const;

export type BackupMetric = keyof typeof backupMetrics;
