import { environmentCredentials } from "../../../service/cloud/credentials.ts";
import { readParameters } from "../../../service/cloud/parameters.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../../service/contract.ts";
import type { Clock } from "../../../service/platform/clock.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import type { DumpResult, RestoreTestResult } from "../contract.ts";
import { type CreateOptions, createBackup } from "../create.ts";
import { type DatabaseAddress, withDatabase } from "../database.ts";
import { BackupError } from "../errors.ts";
import { countDocuments, type Manifest } from "../manifest.ts";
import { openLocation } from "../open-store.ts";
import { Observer } from "./observer.ts";
import { runRestoreTest } from "./restore-test.ts";

export interface BackupFunctionsProps {
  readonly environment: DeployedEnvironment;
  /** Where backups are, such as `s3://bucket/dumps/`. */
  readonly backupLocation: string;
  /** Name of the database into which backups are restored: all that it holds is dropped. */
  readonly scratchDatabase: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What Lambda calls to make a backup of an environment's database, and to test restoring the newest one. */
export class BackupFunctions {
  readonly #props: BackupFunctionsProps;
  readonly #observer: Observer;

  constructor(props: BackupFunctionsProps) {
    this.#props = props;
    this.#observer = new Observer(props.log, props.clock);
  }

  /** @throws {BackupError} if there is no backup in the end */
  dump(invocation: Invocation): Promise<DumpResult> {
    const { backupLocation, clock } = this.#props;
    return this.#observer.dump(async () => {
      const store = await openLocation(backupLocation, process.env);
      const again = {
        why: "There is no backup of this attempt.",
        action: "Call the function again.",
      };
      return withDatabase(await this.#address(), again, (database) =>
        withDeadline(invocation, (signal) => dumpDatabase({ database, location: store, clock, signal })),
      );
    });
  }

  /** @throws {BackupError} if there is no backup, or the newest one does not restore */
  verify(invocation: Invocation): Promise<RestoreTestResult> {
    const { backupLocation, clock, scratchDatabase } = this.#props;
    return this.#observer.restoreTest(async () => {
      const store = await openLocation(backupLocation, process.env);
      const again = { why: "No backup was verified.", action: "Call the function again." };
      return withDatabase(await this.#address(), again, ({ client }) => {
        const database = client.db(scratchDatabase);
        return withDeadline(invocation, (signal) =>
          runRestoreTest({ database, location: store, clock, signal }),
        );
      });
    });
  }

  /** Where the database is, which lets the function's role in without a password. */
  async #address(): Promise<DatabaseAddress> {
    const { environment } = this.#props;
    const parameterOf = await readParameters(environment, [parameters.mongodbUri]);
    return {
      uri: parameterOf(parameters.mongodbUri),
      source: `the parameter ${parameterPath(environment, parameters.mongodbUri)}`,
      credentials: async () => environmentCredentials(),
    };
  }
}

/**
 * Backs a database up, and says what came of it.
 * @throws {BackupError} if there is no backup in the end
 */
async function dumpDatabase(options: CreateOptions): Promise<DumpResult> {
  const manifest = await createBackup(options);
  return {
    id: manifest.id,
    documents: countDocuments(manifest),
    bytes: computeBytes(manifest),
    seconds: (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1_000,
    snapshot: manifest.consistency.snapshot,
  };
}

/** What the files of a backup take, without the manifest. */
const computeBytes = ({ collections }: Manifest): number =>
  collections.reduce((sum, { metadata, data }) => sum + metadata.bytes + (data?.bytes ?? 0), 0);

/** What Lambda hands a function beside the event. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** Enough to stop an upload, close the database and write the last line. */
const reserveMs = 30_000;

/**
 * Does work that is told to stop before Lambda ends the process: so the log says why, and nothing is left half done.
 * @throws {BackupError} the signal's reason, if the time does not suffice
 */
async function withDeadline<Result>(
  invocation: Invocation,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stop = () =>
    controller.abort(
      new BackupError(
        "The function has run out of time: Lambda lets it run for 15 minutes, and the database has outgrown them. Give it more " +
          'memory, and with that a faster processor, or back the database up otherwise: docs/backups.md, "How large".',
      ),
    );
  const timer = setTimeout(stop, invocation.getRemainingTimeInMillis() - reserveMs);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
