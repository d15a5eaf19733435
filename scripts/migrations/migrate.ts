import type { Db } from "mongodb";
import type { MigrationResult } from "../../service/contract.ts";
import { chooseDatabase } from "../../service/local/backends.ts";
import { createIndexes, missingIndexes } from "../../service/platform/indexes.ts";

/** Creates the missing indexes in the database that the environment variables name or, in a dry run, only names them. */
export async function migrate(environment: NodeJS.ProcessEnv, dryRun: boolean): Promise<void> {
  const { part: database, description } = await chooseDatabase(environment);
  try {
    console.log(`database: ${description}`);
    console.log(
      outcomeOf(
        dryRun ? { missing: await missingIndexes(database) } : { created: await createIndexes(database) },
      ),
    );
  } finally {
    await close(database);
  }
}

/** What a migration came to, for people. */
export function outcomeOf(result: MigrationResult): string {
  const [verb, names] = "created" in result ? ["created", result.created] : ["would create", result.missing];
  return names.length === 0 ? "all indexes exist" : `${verb} ${names.join(", ")}`;
}

/** The embedded database has no client, and nothing to close. */
async function close(database: Db): Promise<void> {
  await (database as Partial<Db>).client?.close();
}
