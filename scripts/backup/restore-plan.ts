import { BSON, type Db } from "mongodb";
import { erasuresCollection, userCollections } from "../../service/data-map.ts";
import { inParallel } from "../cli/in-parallel.ts";
import type { Dump } from "./dump-format.ts";
import type { Manifest } from "./manifest.ts";
import { planTarget, type RestoreSource } from "./restore.ts";

/** A collection, and how many documents it holds. */
interface CountedCollection {
  readonly name: string;
  readonly documents: number;
}

/** What a restore would do, as in the JSON output of `restore --dry-run`. */
export interface PlannedRestore {
  /** The backup, or the dump of the MongoDB tools, which has no manifest. */
  readonly source: {
    readonly name: string;
    readonly manifest: Pick<Manifest, "id" | "database" | "startedAt" | "finishedAt" | "consistency"> | null;
    /** Time since the backup was completed, or since Atlas took the snapshot. */
    readonly ageSeconds: number | null;
  };
  readonly target: string;
  /** What the target holds now, and the restore would drop. */
  readonly dropped: readonly CountedCollection[];
  /** The erasure records in the target, which stay. */
  readonly kept: readonly CountedCollection[];
  readonly collections: readonly (CountedCollection & { readonly indexes: number })[];
  readonly documents: number;
  /** Size of the documents, uncompressed. Unknown without a manifest. */
  readonly bytes: number | null;
  readonly indexes: number;
  /** Users with an erasure record in the backup, in the target or in the database of `--erasures-from`. */
  readonly erasures: number;
  /** How many documents of the backup belong to these users, and would be deleted again. */
  readonly deletedAgain: number;
}

export interface PlanOptions extends RestoreSource {
  /** @default the dump has none */
  readonly manifest?: Manifest | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Plans a restore of a verified dump. It writes nothing.
 * @throws {OperatorError} if the restore would refuse
 */
export async function planRestore(options: PlanOptions): Promise<PlannedRestore> {
  const { dump, manifest, database, erasuresFrom, now } = options;
  const { dropped, kept } = await planTarget(options);
  const count = async (name: string) => ({ name, documents: await database.collection(name).countDocuments() });
  const collections = dump.collections.map(({ metadata: { name, indexes }, content }) => ({
    name,
    documents: content?.documents ?? 0,
    indexes: indexes.length,
  }));
  const time = manifest ? Date.parse(manifest.finishedAt) : dump.takenAt?.getTime();
  const erased = await findErased(dump, [...(kept ? [database] : []), ...(erasuresFrom ? [erasuresFrom] : [])]);
  return {
    source: {
      name: dump.name,
      manifest: manifest
        ? {
            id: manifest.id,
            database: manifest.database,
            startedAt: manifest.startedAt,
            finishedAt: manifest.finishedAt,
            consistency: manifest.consistency,
          }
        : null,
      ageSeconds: time === undefined ? null : Math.round((now - time) / 1_000),
    },
    target: database.databaseName,
    dropped: await inParallel(dropped, undefined, count),
    kept: kept ? [await count(kept.name)] : [],
    collections,
    documents: sum(collections.map(({ documents }) => documents)),
    bytes: manifest ? sum(manifest.collections.map(({ data }) => data?.uncompressed.bytes ?? 0)) : null,
    indexes: sum(collections.map(({ indexes }) => indexes)),
    erasures: erased.size,
    deletedAgain: erased.size > 0 ? await countErasedDocuments(dump, erased) : 0,
  };
}

/** Ids of the users with an erasure record, in the dump or in these databases. */
async function findErased(dump: Dump, databases: readonly Db[]): Promise<Set<unknown>> {
  const ids = new Set<unknown>();
  for await (const { _id } of readDocuments(dump, erasuresCollection)) ids.add(_id);
  for (const database of databases) {
    const records = database.collection<{ _id: string }>(erasuresCollection).find({}, { projection: { _id: 1 } });
    for await (const { _id } of records) ids.add(_id);
  }
  return ids;
}

async function countErasedDocuments(dump: Dump, erased: ReadonlySet<unknown>): Promise<number> {
  let count = 0;
  for (const { collection, field } of userCollections) {
    for await (const document of readDocuments(dump, collection)) if (erased.has(document[field])) count += 1;
  }
  return count;
}

async function* readDocuments(dump: Dump, name: string): AsyncGenerator<BSON.Document> {
  const found = dump.collections.find(({ metadata, content }) => metadata.name === name && content);
  if (!found) return;
  for await (const { bytes } of found.documents()) {
    for (let start = 0; start < bytes.length; ) {
      const end = start + bytes.readInt32LE(start);
      yield BSON.deserialize(bytes.subarray(start, end));
      start = end;
    }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The lines of a plan, in the order in which the restore would do it. */
export function formatPlan(plan: PlannedRestore): string[] {
  const { source, target, dropped, kept, documents, bytes, collections, indexes, erasures, deletedAgain } = plan;
  const { manifest, ageSeconds } = source;
  const format = (verb: string, { name, documents }: CountedCollection) =>
    `would ${verb} ${name}: ${documents} documents`;
  return [
    manifest
      ? `${source.name} of ${manifest.database}: completed at ${manifest.finishedAt}, ${formatAge(ageSeconds!)} old, intact`
      : `${source.name}: ${ageSeconds === null ? "of an unknown time" : `${formatAge(ageSeconds)} old`}`,
    `target: ${target}, ${dropped.length + kept.length === 0 ? "which is empty" : `which holds ${[...dropped, ...kept].map(({ name }) => name).join(", ")}`}`,
    ...dropped.map((each) => format("drop", each)),
    ...kept.map((each) => format("keep", each)),
    `would restore ${source.name} into ${target}: ${documents} documents in ${collections.length} collections, with ` +
      `${indexes} indexes${bytes === null ? "" : `, ${(bytes / 1e6).toFixed(1)} MB`}`,
    `would apply ${erasures} erasures: ${deletedAgain} documents of deleted users deleted again`,
  ];
}

function formatAge(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 120
    ? `${minutes} min`
    : minutes < 48 * 60
      ? `${Math.round(minutes / 60)} h`
      : `${Math.round(minutes / 1_440)} days`;
}
