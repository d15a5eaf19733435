import type { Db } from "mongodb";
import type { DeployedEnvironment } from "../../service/contract.ts";

/** The environment of a disaster: its public API and its database. */
export interface DrillTarget {
  readonly environment: DeployedEnvironment;
  /** Base URL of the public API. */
  readonly api: string;
  /** The app's API key. */
  readonly apiKey: string;
  readonly database: Db;
  /** Whether Atlas can restore the database to any point in time. */
  readonly supportsPointInTimeRestore: boolean;
  /** The environment variables of an on-call engineer's shell. */
  readonly variables: NodeJS.ProcessEnv;
  /** The location of backups without `--backup-location`. */
  getDefaultBackupLocation(): Promise<string>;
  /** Removes what the drill has created. */
  remove(): Promise<void>;
}
