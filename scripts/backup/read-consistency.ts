import { type Db, MongoServerError, type Timestamp } from "mongodb";
import { dumpLimits } from "./contract.ts";
import type { SizeEstimate } from "./database-size.ts";
import type { Manifest } from "./manifest.ts";
import type { CollectionMetadata } from "./metadata.ts";
import { findRaw, findResumable } from "./raw-documents.ts";

/** SnapshotTooOld: the server keeps a snapshot for `minSnapshotHistoryWindowInSeconds`, 300 s by default. */
const snapshotTooOldCode = 239;

/** Whether a read failed because its snapshot is gone. */
export const isSnapshotTooOld = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === snapshotTooOldCode;

/** How documents are read, and what the manifest says about it. */
export interface ReadConsistency {
  /** Of each `find`. @default without a snapshot */
  readonly readConcern?: { readonly level: "snapshot"; readonly atClusterTime: Timestamp };
  /** Whether to read in an order in which reading can resume. @default false */
  readonly isResumable?: boolean;
  readonly consistency: Manifest["consistency"];
}

/** One snapshot if the server keeps it for long enough, and otherwise reads that resume. */
export async function chooseReads(
  database: Db,
  collection: string | undefined,
  estimate: SizeEstimate | undefined,
): Promise<ReadConsistency> {
  if (collection === undefined) return nonSnapshotReads("there are only views");
  if (estimate?.fitsSnapshot === false) {
    const { snapshot } = dumpLimits;
    return resumableReads(`reading takes longer than the ${snapshot} s for which the server keeps a snapshot`);
  }
  return snapshotReads(database, collection);
}

export const resumableReads = (because: string): ReadConsistency => ({
  ...nonSnapshotReads(because),
  isResumable: true,
});

const nonSnapshotReads = (because: string): ReadConsistency => ({ consistency: { snapshot: false, because } });

/**
 * Fixes the timestamp as of which all collections are read, if the server can: replica sets and sharded clusters from 5.0.
 * https://www.mongodb.com/docs/manual/reference/read-concern-snapshot/
 *
 * @param collection any that exists
 */
async function snapshotReads(database: Db, collection: string): Promise<ReadConsistency> {
  try {
    const { cursor } = await database.command(
      {
        ...{ find: collection, limit: 1, singleBatch: true, projection: { _id: 1 } },
        readConcern: { level: "snapshot" },
      },
      // The `_id` may contain a pattern that JavaScript rejects.
      { bsonRegExp: true },
    );
    const atClusterTime = cursor.atClusterTime as Timestamp | undefined;
    if (!atClusterTime) return nonSnapshotReads("the response of the server contains no atClusterTime");
    return {
      readConcern: { level: "snapshot", atClusterTime },
      consistency: { snapshot: true, at: new Date(atClusterTime.t * 1_000).toISOString() },
    };
  } catch (error) {
    // Servers without snapshots respond with various errors.
    if (error instanceof MongoServerError) return nonSnapshotReads(`the server said: ${error.message}`);
    throw error;
  }
}

/** The documents of a collection. The order of a capped collection counts, and only the index of `_id` allows to resume. */
export function findDocuments(
  database: Db,
  { name, options, indexes }: CollectionMetadata,
  { readConcern, isResumable }: ReadConsistency,
  signal: AbortSignal,
): AsyncGenerator<Iterable<Buffer>> {
  const hasIdIndex = options.has("clusteredIndex") || indexes.some((index) => index.get("name") === "_id_");
  if (isResumable && hasIdIndex && !options.has("capped")) return findResumable(database, name, signal);
  return findRaw(database, name, readConcern && { readConcern });
}
