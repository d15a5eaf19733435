import { isDeepStrictEqual } from "node:util";
import type { Collection, Db, UpdateFilter } from "mongodb";
import { ConfigurationError } from "../config.ts";
import type { MigrationProgress } from "../contract.ts";
import type { Clock } from "../platform/clock.ts";
import { redactText } from "../platform/redaction.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import type { AnyMigration } from "./migration.ts";

/** How many documents a batch reads: far less than a second of work, and a write that is well below 48 MB. */
const defaultBatchSize = 1_000;

/**
 * How often an update is applied to a document that stays as it was read. Another write may undo the first one, such as that of an
 * earlier release, but hardly each of them within milliseconds: then it is the migration that is wrong.
 */
const maxAttempts = 3;

/** How long a dry run counts the documents of one migration. Without an index for its filter, the database reads all of them. */
const countTimeoutMilliseconds = 20_000;

/** Options of {@link migrateDocuments}. */
export interface MigrateDocumentsOptions {
  readonly clock: Clock;
  /** Begins no batch after this time, in milliseconds. @default migrates until it is done */
  readonly endsAt?: number;
  /**
   * Leaves migrations alone that were found complete at this time or later, in milliseconds. @default checks each, since an earlier
   * release that was rolled back to may have stored documents in the old form
   */
  readonly since?: number;
  /** @default 1,000 */
  readonly batchSize?: number;
  /** Called after each batch. */
  readonly onProgress?: (progress: MigrationProgress) => void | Promise<void>;
}

/** Any document: the ids of all collections are strings. */
interface AnyDocument {
  _id: string;
  [field: string]: unknown;
}

/**
 * Migrates documents, one migration after the other. Safe to interrupt, to run again, and while any release serves requests.
 *
 * @returns whether all migrations are complete; if not, call it again
 * @throws {ConfigurationError} if a migration is in progress elsewhere, or fails. Its position stays.
 */
export async function migrateDocuments(
  database: Db,
  migrations: readonly AnyMigration[],
  options: MigrateDocumentsOptions,
): Promise<boolean> {
  const { clock, since } = options;
  const ledger = new Ledger(database, clock);
  const complete = new Set(
    (await ledger.read())
      .filter(({ finishedAt }) => since !== undefined && finishedAt && finishedAt.getTime() >= since)
      .map(({ _id }) => _id),
  );
  for (const migration of migrations) {
    if (complete.has(migration.name)) continue;
    const entry = await ledger.acquire(migration.name);
    try {
      if (!(await migrateCollection(database, migration, { ...options, ledger, entry }))) return false;
    } finally {
      await ledger.release(migration.name);
    }
  }
  return true;
}

/** @returns whether a pass has found no document to migrate */
async function migrateCollection(
  database: Db,
  migration: AnyMigration,
  options: MigrateDocumentsOptions & { readonly ledger: Ledger; readonly entry: LedgerEntry },
): Promise<boolean> {
  const { ledger, clock, since, endsAt = Number.POSITIVE_INFINITY, batchSize = defaultBatchSize, onProgress } = options;
  const { name } = migration;
  const collection = database.collection<AnyDocument>(migration.collection);
  let { position, matchedInPass } = options.entry;
  // A pass without a match must be of one run: an earlier release may have served requests since the last one.
  if (since === undefined && matchedInPass === 0) position = undefined;
  while (clock() < endsAt) {
    const ids = await readIds(collection, position, batchSize);
    const last = ids.at(-1);
    if (last === undefined) {
      const isComplete = matchedInPass === 0;
      const entry = await ledger.advance(name, {
        $set: { matchedInPass: 0, ...(isComplete && { finishedAt: new Date(clock()) }) },
        $unset: { position: "" },
      });
      if (isComplete) {
        await onProgress?.(toProgress(entry, migration));
        return true;
      }
      ({ position, matchedInPass } = entry);
      continue;
    }
    const { matched, changed } = await migrateBatch(collection, migration, ids);
    const entry = await ledger.advance(name, {
      $set: { position: last },
      $inc: { matchedInPass: matched, read: ids.length, changed, conflicts: matched - changed },
      // Documents of an earlier release: the migration is not complete any more.
      ...(matched > 0 && { $unset: { finishedAt: "" } }),
    });
    ({ position, matchedInPass } = entry);
    await onProgress?.(toProgress(entry, migration));
  }
  return false;
}

/** By the index of `_id` alone: however few documents match, each step is short. */
async function readIds(collection: Collection<AnyDocument>, after: string | undefined, limit: number) {
  const page = collection
    .find(after === undefined ? {} : { _id: { $gt: after } }, { projection: { _id: 1 } })
    .sort({ _id: 1 })
    .limit(limit);
  return (await page.toArray()).map(({ _id }) => _id);
}

async function migrateBatch(
  collection: Collection<AnyDocument>,
  migration: AnyMigration,
  ids: readonly string[],
): Promise<{ matched: number; changed: number }> {
  const { name, filter, reads } = migration;
  const projection = Object.fromEntries(["_id", ...reads].map((field) => [field, 1]));
  const findUnmigrated = (some: readonly string[]) =>
    collection.find({ $and: [{ _id: { $in: [...some] } }, filter] }, { projection }).toArray();
  const documents = await findUnmigrated(ids);
  let changed = 0;
  let left = documents;
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt === maxAttempts) {
      throw failed(name, `its filter still matches documents that it has changed, such as ${left[0]!._id}`);
    }
    const operations = left.map((document) => toOperation(migration, document));
    const { modifiedCount } = await collection.bulkWrite(operations, { ordered: false }).catch((error: unknown) => {
      throw explainWriteErrors(name, left, error);
    });
    if (attempt === 0) changed = modifiedCount;
    // Those that another write has changed meanwhile are for the next pass.
    const before = new Map(left.map((document) => [document._id, document]));
    left = (await findUnmigrated([...before.keys()])).filter((each) => isDeepStrictEqual(each, before.get(each._id)));
  }
  return { matched: documents.length, changed };
}

/** An update that applies only while the document is as it was read. */
function toOperation({ name, filter, reads, update }: AnyMigration, document: AnyDocument) {
  const guard = reads.map((field: string) => ({
    // `null` alone would also match a missing field.
    [field]: field in document ? { $exists: true, $eq: document[field] } : { $exists: false },
  }));
  const changes = computeChanges(name, update, document);
  // The driver rejects it, without a word about the document.
  if (Object.keys(changes).length === 0)
    throw failed(name, `its update has no change for the document ${document._id}`);
  return { updateOne: { filter: { $and: [{ _id: document._id }, filter, ...guard] }, update: changes } };
}

function computeChanges(
  name: string,
  update: AnyMigration["update"],
  document: AnyDocument,
): UpdateFilter<AnyDocument> {
  try {
    return update(document) as UpdateFilter<AnyDocument>;
  } catch (error) {
    throw failed(name, `its update throws for the document ${document._id}: ${redactText(String(error))}`);
  }
}

/** Without the words of the database, which quote values. */
function explainWriteErrors(name: string, documents: readonly AnyDocument[], error: unknown): unknown {
  const [first] = [(error as { writeErrors?: unknown }).writeErrors ?? []].flat() as {
    // Missing on the embedded database.
    code?: number;
    index: number;
  }[];
  if (!first) return error;
  const { code = "unknown", index } = first;
  return failed(name, `the database rejects its update of ${documents[index]?._id}, error code ${code}`);
}

const failed = (name: string, why: string) =>
  new ConfigurationError(
    `The migration ${name} stopped: ${why}. Documents before this batch are migrated, and all releases can read both forms. ` +
      "Correct the migration or the document, release it, and run npm run ops -- migrate again: it continues there.",
  );

/** What a database knows of the migrations of this release, and of others. */
export async function readProgress(
  database: Db,
  migrations: readonly AnyMigration[],
  clock: Clock,
): Promise<MigrationProgress[]> {
  const entries = new Map((await new Ledger(database, clock).read()).map((entry) => [entry._id, entry]));
  const own = migrations.map((migration) => {
    const entry = entries.get(migration.name);
    entries.delete(migration.name);
    return entry ? toProgress(entry, migration) : ({ name: migration.name, state: "pending", ...noCounts } as const);
  });
  return [...own, ...[...entries.values()].map((entry) => toProgress(entry))];
}

/** As {@link readProgress}, and counts the documents that are left. Reads all documents of their collections. */
export async function planMigrations(
  database: Db,
  migrations: readonly AnyMigration[],
  clock: Clock,
): Promise<MigrationProgress[]> {
  const progress = await readProgress(database, migrations, clock);
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  return Promise.all(
    progress.map(async (each) => {
      const migration = byName.get(each.name);
      const left = migration && (await countWithin(database, migration));
      return { ...each, ...(left !== undefined && { left }) };
    }),
  );
}

/** The code of an operation that was longer than its `maxTimeMS`. */
const maxTimeExpiredCode = 50;

/** @returns undefined if it takes too long */
async function countWithin(database: Db, { collection, filter }: AnyMigration): Promise<number | undefined> {
  try {
    return await database.collection(collection).countDocuments(filter, { maxTimeMS: countTimeoutMilliseconds });
  } catch (error) {
    if ((error as { code?: unknown }).code === maxTimeExpiredCode) return undefined;
    throw error;
  }
}

const noCounts = { read: 0, changed: 0, conflicts: 0 } as const;

function toProgress(entry: LedgerEntry, migration?: AnyMigration): MigrationProgress {
  const { _id: name, read, changed, conflicts, finishedAt } = entry;
  const state = migration === undefined ? "of another release" : finishedAt ? "complete" : "in progress";
  return { name, state, read, changed, conflicts };
}
