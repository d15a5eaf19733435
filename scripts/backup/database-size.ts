import { type Db, MongoServerError } from "mongodb";
import { dumpLimits, megabytesPerSecond } from "./contract.ts";

/** How large a database is, and how a dump of it reads. */
export interface SizeEstimate {
  /** Size of all documents, uncompressed. */
  readonly bytes: number;
  /** Whether a dump takes less time than the server keeps a snapshot. */
  readonly fitsSnapshot: boolean;
  /** Expected duration of a dump. */
  readonly seconds: number;
}

/** The duration of a dump at the rates of {@link megabytesPerSecond}. */
export function toEstimate(bytes: number): SizeEstimate {
  const secondsAt = (rate: number) => bytes / (rate * 1e6);
  const seconds = secondsAt(megabytesPerSecond.dump);
  return seconds <= dumpLimits.snapshot
    ? { bytes, fitsSnapshot: true, seconds }
    : { bytes, fitsSnapshot: false, seconds: secondsAt(megabytesPerSecond.resumableDump) };
}

/**
 * Asks the server for the size of a database. Its statistics may be wrong after a crash:
 * https://www.mongodb.com/docs/manual/reference/command/dbStats/
 *
 * @returns `undefined` if the server does not tell it
 */
export async function estimateSize(database: Db): Promise<SizeEstimate | undefined> {
  try {
    const bytes = Number((await database.command({ dbStats: 1 })).dataSize);
    return Number.isFinite(bytes) ? toEstimate(bytes) : undefined;
  } catch (error) {
    if (error instanceof MongoServerError) return undefined;
    throw error;
  }
}
