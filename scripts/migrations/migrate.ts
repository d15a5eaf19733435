import type { Db } from "mongodb";
import type { DeployedEnvironment, MigrationRequest, MigrationResult } from "../../service/contract.ts";
import { chooseDatabase } from "../../service/local/backends.ts";
import { createIndexes, missingIndexes } from "../../service/platform/indexes.ts";
import { migrationFunction } from "../../stacks/names.ts";
import { invokeFunction } from "../aws/invoke-function.ts";

/**
 * Creates the missing indexes in the database that the environment variables name or, in a dry run, only names them.
 * @param log receives a line about the database before it is changed, and one about the result
 */
export async function migrate(
  variables: NodeJS.ProcessEnv,
  dryRun: boolean,
  log: (line: string) => void,
): Promise<void> {
  const { backend: database, description } = await chooseDatabase(variables);
  try {
    log(`database: ${description}`);
    log(
      toText(
        dryRun ? { missing: await missingIndexes(database) } : { created: await createIndexes(database) },
      ),
    );
  } finally {
    await close(database);
  }
}

/**
 * Has an environment's own function create the missing indexes or, in a dry run, name them.
 *
 * @param log receives a line about the database, and one about the result
 * @throws {ConfigurationError} if AWS cannot be reached or refuses, or the function fails
 */
export async function migrateEnvironment(
  environment: DeployedEnvironment,
  dryRun: boolean,
  log: (line: string) => void,
): Promise<void> {
  const request: MigrationRequest = { dryRun };
  const { name, region, result } = await invokeFunction<MigrationResult>(
    environment,
    migrationFunction,
    request,
  );
  log(`database: that of ${environment}, through ${name} in ${region}`);
  log(toText(result));
}

function toText(result: MigrationResult): string {
  const [verb, names] = "created" in result ? ["created", result.created] : ["would create", result.missing];
  return names.length === 0 ? "all indexes exist" : `${verb} ${names.join(", ")}`;
}

/** The embedded database has no client, and nothing to close. */
async function close(database: Db): Promise<void> {
  await (database as Partial<Db>).client?.close();
}
