import { type DeployedEnvironment, type MigrationRequest, type MigrationResult, parameters } from "../contract.ts";
import { createIndexes, missingIndexes } from "../platform/indexes.ts";
import { connectMongo } from "../platform/mongo.ts";
import { environmentCredentials } from "./credentials.ts";
import { readParameters } from "./parameters.ts";
import { isEmptyEvent, isObject } from "./unsupported-events.ts";

/** Whether an event is a request to migrate. Without content, it is one with the defaults. */
export const isMigrationRequest = (event: unknown): event is MigrationRequest | null | undefined =>
  isEmptyEvent(event) ||
  (isObject(event) && Object.entries(event).every(([name, value]) => name === "dryRun" && typeof value === "boolean"));

/** Below the function's timeout of 15 minutes. An index on many documents takes long, and no request waits for it. */
const answerTimeoutMilliseconds = 14 * 60 * 1_000;

/**
 * Creates the missing indexes of an environment's database, or only names them.
 *
 * @param databaseName @default that of the connection string
 * @throws {ConfigurationError} if an existing index is not as declared; the missing indexes are created nevertheless
 */
export async function migrateDatabase(
  environment: DeployedEnvironment,
  { dryRun = false }: MigrationRequest = {},
  databaseName?: string,
): Promise<MigrationResult> {
  const getParameter = await readParameters(environment, [parameters.mongodbUri]);
  const database = await connectMongo(getParameter(parameters.mongodbUri), {
    credentials: async () => environmentCredentials(),
    database: databaseName,
    socketTimeoutMS: answerTimeoutMilliseconds,
  });
  try {
    return dryRun ? { missing: await missingIndexes(database) } : { created: await createIndexes(database) };
  } finally {
    await database.client.close();
  }
}
