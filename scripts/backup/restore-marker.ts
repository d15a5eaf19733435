import type { Db } from "mongodb";

/** Stands in a database from the beginning of a restore to its end, so that nobody takes what is there for whole. */
export const restoreMarker = "restore_in_progress";

interface Marker {
  _id: string;
  startedAt: Date;
}

export const markRestore = (database: Db, backup: string, startedAt: Date): Promise<unknown> =>
  database
    .collection<Marker>(restoreMarker)
    .updateOne({ _id: backup }, { $set: { startedAt } }, { upsert: true, writeConcern: { w: "majority" } });

export const unmarkRestore = (database: Db): Promise<unknown> => database.collection(restoreMarker).drop();
