import type { Db } from "mongodb";
import { erasuresCollection } from "../../service/data-map.ts";
import type { Clock } from "../../service/platform/clock.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInFlight } from "../cli/in-flight.ts";
import { inParallel } from "../cli/in-parallel.ts";
import { type Progress, silentProgress } from "../cli/progress.ts";
import { ContentHasher } from "./checksums.ts";
import { restoreMarker } from "./database.ts";
import type { Dump, DumpedCollection } from "./dump-format.ts";
import { copyErasures, deleteErasedUsers } from "./erasures.ts";
import { type CollectionMetadata, hasValidator, listCollections } from "./metadata.ts";
import { type OrderedDocument, toCanonicalJson } from "./ordered-bson.ts";
import { findRaw, insertRaw } from "./raw-documents.ts";
import { requireRestorePrivileges } from "./restore-privileges.ts";

/** What to restore, and into which database. */
export interface RestoreSource {
  /** Verified content of a backup. */
  readonly dump: Dump;
  /** Target. No other client may write to it. */
  readonly database: Db;
  /**
   * Drops all collections of the target, except the erasure records.
   * @default the target must be empty
   */
  readonly replace?: boolean;
  /**
   * Another database with erasure records from after the backup.
   * @default none
   */
  readonly erasuresFrom?: Db;
}

export interface RestoreOptions extends RestoreSource {
  readonly clock: Clock;
  /** @default no progress is reported */
  readonly progress?: Progress;
  /** Aborts the restore. */
  readonly signal?: AbortSignal;
}

export interface RestoreResult {
  readonly documents: number;
  /** How many of these documents belonged to deleted users, and were deleted again. */
  readonly deletedAgain: number;
}

/** @throws {OperatorError} if the database holds anything that a restore would replace */
export async function requireEmpty(database: Db): Promise<void> {
  const names = (await listCollections(database)).map(({ name }) => name);
  if (names.length === 0) return;
  const { databaseName } = database;
  if (names.includes(restoreMarker)) {
    throw new OperatorError("restore-target-half-restored", {
      what: `The database ${databaseName} is half restored.`,
      why: "A restore into it has not completed.",
      action: `Run the command with --replace ${databaseName}, which starts again from an empty database.`,
    });
  }
  throw new OperatorError("restore-target-not-empty", {
    what: `The database ${databaseName} is not empty.`,
    why: `It holds ${names.join(", ")}.`,
    action: `Restore into another database, or use --replace ${databaseName} to drop its content.`,
  });
}

/** What a restore does with the collections of its target. */
export interface TargetPlan {
  /** Names of collections that it drops. */
  readonly dropped: readonly string[];
  /** The collection of erasure records in the target, which is kept with its own options. */
  readonly kept: CollectionMetadata | undefined;
  /** Collections that it inserts into. */
  readonly targets: readonly CollectionMetadata[];
}

/**
 * Checks that a dump can be restored, and plans it. It writes nothing.
 * @throws {OperatorError} if the database is not empty, or the user lacks privileges
 */
export async function planTarget({
  dump,
  database,
  replace = false,
  erasuresFrom,
}: RestoreSource): Promise<TargetPlan> {
  if (!replace) await requireEmpty(database);
  const present = await listCollections(database);
  const kept = present.find(({ name }) => name === erasuresCollection);
  const created = dump.collections.map(({ metadata }) => metadata).filter(({ name }) => name !== kept?.name);
  const targets = kept ? [...created, kept] : created;
  const dropped = present.map(({ name }) => name).filter((name) => name !== kept?.name && name !== restoreMarker);
  await requireRestorePrivileges(database, { targets, dropped, erasuresFrom });
  return { dropped, kept, targets };
}

/**
 * Restores a dump, two collections at a time: documents, then indexes, then a comparison with the dump. A marker in the database
 * makes a backup of it, and another restore without `replace`, fail until this restore has completed.
 *
 * @throws {OperatorError} if the database is not empty, the user lacks privileges, or the result differs from the dump
 */
export async function restoreDump(options: RestoreOptions): Promise<RestoreResult> {
  const { dump, database, erasuresFrom, clock, progress = silentProgress, signal } = options;
  const { dropped, kept, targets } = await planTarget(options);
  const validated = new Set(targets.filter(hasValidator).map(({ name }) => name));
  const marker = database.collection<{ _id: string; startedAt: Date }>(restoreMarker);
  await marker.updateOne(
    { _id: dump.name },
    { $set: { startedAt: new Date(clock()) } },
    { upsert: true, writeConcern: { w: "majority" } },
  );
  for (const name of dropped) await database.collection(name).drop();

  const documents = dump.collections.reduce((sum, { content }) => sum + (content?.documents ?? 0), 0);
  // A document counts half when it is inserted, and half when it is compared.
  progress.begin("restore", documents, "documents");
  await inParallel(dump.collections, signal, async (collection, signal) => {
    const { name } = collection.metadata;
    const target = { isMerged: name === kept?.name, isValidated: validated.has(name) };
    await restoreCollection(database, collection, target, progress, signal);
    if (!target.isMerged) await compareCollection(database, collection, progress, signal);
    if (collection.content) progress.finish(name, collection.content.documents);
  });
  if (erasuresFrom) await copyErasures(erasuresFrom, database, validated.has(erasuresCollection));
  const deletedAgain = await deleteErasedUsers(database);
  // Earlier, these would delete documents that are still to be compared.
  for (const { metadata } of dump.collections) {
    await createIndexes(database, metadata.name, metadata.indexes.filter(isTtlIndex));
  }
  compareIndexes(dump, await listCollections(database));
  await marker.drop();
  return { documents, deletedAgain };
}

/**
 * Of each collection: the server works on one insert while it receives the next one. Two collections are restored at a time, and
 * `connectMongo` opens five connections. A third insert saved no time (2026-11-29).
 */
const insertLimits = { items: 2, bytes: 1024 * 1024 };

/** Creates a collection with its documents and indexes, except TTL indexes. */
async function restoreCollection(
  database: Db,
  { metadata, content, documents }: DumpedCollection,
  { isMerged, isValidated }: { isMerged: boolean; isValidated: boolean },
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { name, options, indexes } = metadata;
  if (!isMerged) await database.command({ create: name, ...Object.fromEntries(options) });
  if (!content) return;
  // A capped collection keeps the order of insertion.
  const limits = options.has("capped") ? { ...insertLimits, items: 1 } : insertLimits;
  await runInFlight(documents(), limits, signal, async (batch) => {
    await insertRaw(database, name, batch.bytes, { keepExisting: isMerged, bypassValidation: isValidated });
    progress.advance(isMerged ? batch.documents : batch.documents / 2);
  });
  await createIndexes(
    database,
    name,
    indexes.filter((index) => !isTtlIndex(index)),
  );
}

const isTtlIndex = (index: OrderedDocument): boolean => index.has("expireAfterSeconds");

/** Creates indexes from their definitions, except those that the server creates with the collection. */
async function createIndexes(database: Db, collection: string, indexes: readonly OrderedDocument[]): Promise<void> {
  const missing = indexes.filter((index) => index.get("name") !== "_id_" && !index.get("clustered"));
  if (missing.length === 0) return;
  await database.command({
    createIndexes: collection,
    // Old servers return the namespace, and new ones reject it.
    indexes: missing.map((index) => new Map([...index].filter(([field]) => field !== "ns"))),
    writeConcern: { w: "majority" },
  });
}

/** Reads the documents of a collection back, and compares them with the dump. */
async function compareCollection(
  database: Db,
  { metadata: { name }, content: expected }: DumpedCollection,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (!expected) return;
  const content = new ContentHasher();
  for await (const batch of findRaw(database, name)) {
    signal.throwIfAborted();
    const before = content.documents;
    for (const document of batch) content.add(document);
    progress.advance((content.documents - before) / 2);
  }
  const { documents, digest } = content.digest;
  if (documents !== expected.documents || digest !== expected.digest) {
    throw new OperatorError("restored-documents-differ", {
      what: `The restored documents of ${name} differ from the dump.`,
      why: `There are ${documents}, and the dump holds ${expected.documents}; another client may write to the database.`,
      action: `Stop other clients, and run the command again with --replace ${database.databaseName}.`,
    });
  }
}

/** Servers return different values for the same index: how it was created, and how it is stored. */
const ignoredIndexFields = new Set(["ns", "v", "background", "storageEngine"]);

function compareIndexes({ collections }: Dump, present: CollectionMetadata[]): void {
  const found = new Map(present.map(({ name, indexes }) => [name, new Set(indexes.map(toComparable))]));
  const missing = collections.flatMap(({ metadata: { name, indexes } }) =>
    indexes
      .filter((index) => !found.get(name)?.has(toComparable(index)))
      .map((index) => `${name}.${index.get("name")}`),
  );
  if (missing.length > 0) {
    throw new OperatorError("restored-indexes-differ", {
      what: `These indexes differ from the dump: ${missing.join(", ")}.`,
      why: "All documents are restored, but this version of the server created other indexes.",
      action: "Restore into a server of the version in the manifest, or create the indexes manually.",
    });
  }
}

function toComparable(index: OrderedDocument): string {
  const fields = [...index].filter(([field]) => !ignoredIndexFields.has(field));
  return toCanonicalJson(new Map(fields.sort(([a], [b]) => (a < b ? -1 : 1))));
}
