import type { Db } from "mongodb";
import type { DeployedEnvironment, MigrationRequest, MigrationResult } from "../../service/contract.ts";
import { chooseDatabase } from "../../service/local/backends.ts";
import { createIndexes, missingIndexes } from "../../service/platform/indexes.ts";
import { migrationFunction } from "../../stacks/names.ts";
import { invokeFunction } from "../aws/invoke-function.ts";
import type { Log } from "../cli/output.ts";

export interface MigrateOptions {
  /**
   * Invokes the function of this environment.
   * @default the database that the environment variables name
   */
  readonly environment?: DeployedEnvironment;
  /** Only lists the missing indexes. */
  readonly dryRun: boolean;
}

/** The result of `migrate`, as in its JSON output: with `created` or, in a dry run, with `missing`, names of indexes. */
export type MigrateResult = MigrationResult & {
  /** A description. */
  readonly database: string;
};

/**
 * Creates the missing indexes of a database.
 *
 * @param log receives a line about the database before any change, and one about the result
 * @throws {OperatorError} if AWS is unreachable or rejects the call, or the function fails
 */
export async function migrate({ environment, dryRun }: MigrateOptions, log: Log): Promise<MigrateResult> {
  if (environment) {
    const request: MigrationRequest = { dryRun };
    const invoked = await invokeFunction<MigrationResult>(environment, migrationFunction, request);
    const database = `that of ${environment}, through ${invoked.name} in ${invoked.region}`;
    log(`database: ${database}`);
    log(toText(invoked.result));
    return { database, ...invoked.result };
  }
  const { backend: database, description } = await chooseDatabase(process.env);
  try {
    log(`database: ${description}`);
    const result = dryRun ? { missing: await missingIndexes(database) } : { created: await createIndexes(database) };
    log(toText(result));
    return { database: description, ...result };
  } finally {
    // The embedded database has no client.
    await (database as Partial<Db>).client?.close();
  }
}

function toText(result: MigrationResult): string {
  const [verb, names] = "created" in result ? ["created", result.created] : ["would create", result.missing];
  return names.length === 0 ? "all indexes exist" : `${verb} ${names.join(", ")}`;
}
