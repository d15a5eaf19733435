import type { Db } from "mongodb";
import type {
  MigrationOutcome,
  MigrationPlan,
  MigrationProgress,
  MigrationRequest,
  MigrationResult,
} from "../contract.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import { dropIndexes, droppedIndexes, findDroppedIndexes, findUndeclared } from "../platform/dropped-indexes.ts";
import { createIndexes, planIndexes } from "../platform/indexes.ts";
import { migrations as allMigrations } from "./list.ts";
import type { AnyMigration } from "./migration.ts";
import { migrateDocuments, planMigrations, readProgress } from "./run.ts";

/** What {@link migrate} uses. */
export interface MigrateOptions {
  /** @default those of this release */
  readonly migrations?: readonly AnyMigration[];
  /** @default those of this release */
  readonly dropped?: Readonly<Record<string, readonly string[]>>;
  readonly clock?: Clock;
  /** How long it migrates documents after it has created the indexes. @default until it is done */
  readonly budgetMilliseconds?: number;
  readonly batchSize?: number;
  readonly onProgress?: (progress: MigrationProgress) => void | Promise<void>;
}

/**
 * Creates the missing indexes of a database, then migrates documents and drops indexes if the request says so.
 *
 * @throws {ConfigurationError} if an existing index is not as declared, a migration fails, or is in progress elsewhere
 */
export async function migrate(
  database: Db,
  request: MigrationRequest,
  options: MigrateOptions = {},
): Promise<MigrationResult> {
  return request.dryRun ? plan(database, options) : run(database, request, options);
}

async function plan(
  database: Db,
  { migrations = allMigrations, dropped = droppedIndexes, clock = systemClock }: MigrateOptions,
): Promise<MigrationPlan> {
  return {
    ...(await planIndexes(database)),
    toDrop: await findDroppedIndexes(database, dropped),
    undeclared: await findUndeclared(database, dropped),
    migrations: await planMigrations(database, migrations, clock),
  };
}

async function run(
  database: Db,
  { documents = false, dropIndexes: drops = false, since }: MigrationRequest,
  options: MigrateOptions,
): Promise<MigrationOutcome> {
  const { migrations = allMigrations, dropped = droppedIndexes, clock = systemClock, budgetMilliseconds } = options;
  const startedAt = clock();
  const created = await createIndexes(database);
  const done =
    !documents ||
    (await migrateDocuments(database, migrations, {
      ...options,
      clock,
      ...(since !== undefined && { since: Date.parse(since) }),
      ...(budgetMilliseconds !== undefined && { endsAt: clock() + budgetMilliseconds }),
    }));
  return {
    created,
    dropped: done && drops ? await dropIndexes(database, dropped) : [],
    done,
    startedAt: new Date(startedAt).toISOString(),
    migrations: await readProgress(database, migrations, clock),
  };
}
