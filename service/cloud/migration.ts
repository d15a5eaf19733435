import { type DeployedEnvironment, type MigrationRequest, type MigrationResult, parameters } from "../contract.ts";
import { type MigrateOptions, migrate } from "../migrations/migrate.ts";
import { connectMongo } from "../platform/mongo.ts";
import { environmentCredentials } from "./credentials.ts";
import { readParameters } from "./parameters.ts";
import { isEmptyEvent, isObject } from "./unsupported-events.ts";

/** What each member of a request looks like. */
const members: Record<keyof MigrationRequest, (value: unknown) => boolean> = {
  dryRun: (value) => typeof value === "boolean",
  documents: (value) => typeof value === "boolean",
  since: (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)),
  dropIndexes: (value) => typeof value === "boolean",
};

/** Whether an event is a request to migrate. Without content, it is one with the defaults. */
export const isMigrationRequest = (event: unknown): event is MigrationRequest | null | undefined =>
  isEmptyEvent(event) ||
  (isObject(event) &&
    Object.entries(event).every(
      ([name, value]) => Object.hasOwn(members, name) && members[name as keyof MigrationRequest](value),
    ));

/** Below the function's timeout of 15 minutes. An index on many documents takes long, and no request waits for it. */
const answerTimeoutMilliseconds = 14 * 60 * 1_000;

/**
 * How long a call migrates documents. The caller repeats it: it thus shows progress, and an interruption of the command does not leave
 * a call that works for minutes.
 */
const budgetMilliseconds = 45_000;

/**
 * Migrates an environment's database, or only says what it would do.
 *
 * @param databaseName @default that of the connection string
 * @throws {ConfigurationError} like {@link migrate}
 */
export async function migrateDatabase(
  environment: DeployedEnvironment,
  request: MigrationRequest = {},
  databaseName?: string,
  options?: MigrateOptions,
): Promise<MigrationResult> {
  const getParameter = await readParameters(environment, [parameters.mongodbUri]);
  const database = await connectMongo(getParameter(parameters.mongodbUri), {
    credentials: async () => environmentCredentials(),
    database: databaseName,
    socketTimeoutMS: answerTimeoutMilliseconds,
  });
  try {
    return await migrate(database, request, { budgetMilliseconds, ...options });
  } finally {
    await database.client.close();
  }
}
