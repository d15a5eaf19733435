/**
 * What the stacks, the Lambda entry and `ops` must agree on about backups. It imports nothing.
 */

/** What the name of the function that dumps the database ends in, and where in the backup bucket it may write. */
export const dump = { functionName: "dump", prefix: "dumps/" } as const;

/** What it answers: what the new backup holds. */
export interface DumpResult {
  readonly id: string;
  readonly documents: number;
  /** Size of its files. */
  readonly bytes: number;
  readonly seconds: number;
  /** Whether all documents are as they were at one moment. */
  readonly snapshot: boolean;
}

/** The end of the name of the function that tests restoring the newest dump, and the database into which it restores it. */
export const restoreTest = {
  functionName: "restore-test",
  databaseName: "ecobeat-restore-test",
} as const;

/** What it answers: what it has restored and compared. */
export interface RestoreTestResult {
  /** The backup. */
  readonly id: string;
  readonly documents: number;
  readonly collections: number;
  /** How long it took to read, restore and compare. */
  readonly seconds: number;
  /** How old the backup was then. */
  readonly ageSeconds: number;
}

/** What the functions that make and verify backups measure of each attempt, with CloudWatch's units. */
export const backupMetrics = {
  /** Backups that were made: 1, or 0 for an attempt that failed. */
  BackupsMade: "Count",
  BackupSize: "Megabytes",
  BackupDuration: "Seconds",
  /** Backups that were restored and found to be right: 1, or 0 for an attempt that failed. */
  BackupsVerified: "Count",
  RestoreTestDuration: "Seconds",
  /** How old the newest backup was when it was verified. */
  BackupAge: "Seconds",
} as const;

export type BackupMetric = keyof typeof backupMetrics;
