import type { Db } from "mongodb";
import { chooseDatabase } from "../../service/local/backends.ts";
import { createIndexes } from "../../service/platform/indexes.ts";

/** Creates the missing indexes in the database that the environment variables name. */
export async function migrate(environment: NodeJS.ProcessEnv): Promise<void> {
  const { part: database, description } = await chooseDatabase(environment);
  try {
    console.log(`database: ${description}`);
    const created = await createIndexes(database);
    console.log(created.length === 0 ? "all indexes exist" : `created ${created.join(", ")}`);
  } finally {
    await close(database);
  }
}

/** The embedded database has no client, and nothing to close. */
async function close(database: Db): Promise<void> {
  await (database as Partial<Db>).client?.close();
}
