import { environmentCredentials } from "../../../service/cloud/credentials.ts";
import { readParameters } from "../../../service/cloud/parameters.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../../service/contract.ts";
import type { Clock } from "../../../service/platform/clock.ts";
import type { Logger } from "../../../service/platform/logging.ts";
import type { DumpResult, VerificationResult } from "../contract.ts";
import { type DatabaseAddress, withDatabase } from "../database.ts";
import { openStore } from "../open-store.ts";
import { dumpDatabase } from "./dump.ts";
import { Observer } from "./observer.ts";
import { type Invocation, withinTimeLeft } from "./time-left.ts";
import { verifyNewest } from "./verification.ts";

export interface BackupFunctionsProps {
  readonly environment: DeployedEnvironment;
  /** Where backups are, such as `s3://bucket/dumps/`. */
  readonly place: string;
  /** Name of the database into which backups are restored: all that it holds is dropped. */
  readonly scratchDatabase: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What Lambda calls to make a backup of an environment's database, and to prove the newest one. */
export class BackupFunctions {
  readonly #props: BackupFunctionsProps;
  readonly #observer: Observer;

  constructor(props: BackupFunctionsProps) {
    this.#props = props;
    this.#observer = new Observer(props.log, props.clock);
  }

  /** @throws {BackupError} if there is no backup in the end */
  dump(invocation: Invocation): Promise<DumpResult> {
    const { place, clock } = this.#props;
    return this.#observer.dump(async () => {
      const store = await openStore(place, process.env);
      const again = "There is no backup of this attempt. Call the function again.";
      return withDatabase(await this.#address(), again, (database) =>
        withinTimeLeft(invocation, (signal) => dumpDatabase({ database, store, clock, signal })),
      );
    });
  }

  /** @throws {BackupError} if there is no backup, or the newest one does not restore */
  verify(invocation: Invocation): Promise<VerificationResult> {
    const { place, clock, scratchDatabase } = this.#props;
    return this.#observer.verification(async () => {
      const store = await openStore(place, process.env);
      const again = "Nothing was proven. Call the function again.";
      return withDatabase(await this.#address(), again, ({ client }) => {
        const database = client.db(scratchDatabase);
        return withinTimeLeft(invocation, (signal) => verifyNewest({ database, store, clock, signal }));
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
