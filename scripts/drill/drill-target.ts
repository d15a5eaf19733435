import type { Db } from "mongodb";
import type { DeployedEnvironment } from "../../service/contract.ts";

/** Where a disaster happens: an environment with its public API and its database. */
export interface DrillTarget {
  readonly environment: DeployedEnvironment;
  /** Address of the public API. */
  readonly api: string;
  /** The app's key, which goes with each request. */
  readonly apiKey: string;
  readonly database: Db;
  /** Whether Atlas can restore the database to any point in time. */
  readonly supportsPointInTimeRestore: boolean;
  /** What a person on call has in the shell, and what the tools of this repository read. */
  readonly variables: NodeJS.ProcessEnv;
  /** Where backups go if nothing else is said. */
  getDefaultBackupLocation(): Promise<string>;
  /** Removes what the drill has made. */
  remove(): Promise<void>;
}
