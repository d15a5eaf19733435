import { type Db, MongoServerError, type Timestamp } from "mongodb";

/** How documents are to be read, and what may be said of them afterwards. */
export interface ReadMoment {
  /** What each `find` asks for. */
  readonly readConcern?: { readonly level: "snapshot"; readonly atClusterTime: Timestamp };
  /** For the manifest. */
  readonly consistency:
    | { readonly snapshot: true; readonly at: string }
    | { readonly snapshot: false; readonly because: string };
}

/** SnapshotTooOld: the server keeps a snapshot for `minSnapshotHistoryWindowInSeconds`, 300 s unless told otherwise. */
const snapshotTooOld = 239;

/** Not a moment, but as the documents come. */
export const unconnectedReads = (because: string): ReadMoment => ({
  consistency: { snapshot: false, because },
});

/**
 * Fixes the moment as of which all collections are read, where the server can: replica sets and sharded clusters from 5.0 on.
 * https://www.mongodb.com/docs/manual/reference/read-concern-snapshot/
 *
 * @param collection one that exists
 */
export async function readMoment(database: Db, collection: string): Promise<ReadMoment> {
  try {
    const { cursor } = await database.command({
      find: collection,
      limit: 1,
      singleBatch: true,
      projection: { _id: 1 },
      readConcern: { level: "snapshot" },
    });
    const atClusterTime = cursor.atClusterTime as Timestamp | undefined;
    if (!atClusterTime) return unconnectedReads("the server did not say of which moment its answer was");
    return {
      readConcern: { level: "snapshot", atClusterTime },
      consistency: { snapshot: true, at: new Date(atClusterTime.t * 1_000).toISOString() },
    };
  } catch (error) {
    // Each server that has no snapshots says so in its own way.
    if (error instanceof MongoServerError) return unconnectedReads(`the server said: ${error.message}`);
    throw error;
  }
}

/** Whether reading took longer than the server keeps the moment. */
export function isTooOld(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === snapshotTooOld;
}
