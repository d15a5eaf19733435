import { type Db, MongoError, MongoNetworkError, MongoServerError } from "mongodb";
import { redactText } from "../../service/platform/logging.ts";
import { connectMongo, type MongoOptions } from "../../service/platform/mongo.ts";
import type { Interruption } from "../cli/interruptible.ts";
import { BackupError } from "./errors.ts";

/** An index on a large collection takes minutes, and the server answers when it is done. */
const responseTimeoutMs = 15 * 60 * 1_000;

const unauthorizedCode = 13;

/** Where a command's database is. */
export interface DatabaseAddress {
  readonly uri: string;
  /** What says so, such as `MONGODB_URI`. */
  readonly source: string;
  /** @default those of the connection string, or what the driver finds by itself */
  readonly credentials?: NonNullable<MongoOptions["credentials"]>;
}

/** @throws {BackupError} if there is none: backups are not of the embedded database */
export function getDatabaseAddress(
  environment: NodeJS.ProcessEnv,
  option?: { name: string; value: string },
): DatabaseAddress {
  if (option) return { uri: option.value, source: option.name };
  const uri = environment.MONGODB_URI;
  if (uri) return { uri, source: "MONGODB_URI" };
  throw new BackupError(
    "MONGODB_URI is not set, and so there is no database. Set it, such as MONGODB_URI=mongodb://localhost:27017/ecobeat; the " +
      "embedded database is a folder that can be copied.",
  );
}

/**
 * Works with a database, and says what is wrong with it when it fails.
 * @param unfinished what a failure in the middle means, and what to do
 */
export async function withDatabase<T>(
  address: DatabaseAddress,
  unfinished: Interruption,
  work: (database: Db) => Promise<T>,
): Promise<T> {
  const database = await connect(address);
  try {
    return await work(database);
  } catch (error) {
    if (!(error instanceof MongoError)) throw error;
    throw new BackupError(`${reason(error, address)} ${unfinished.why} ${unfinished.action}`, {
      cause: error,
    });
  } finally {
    await database.client.close();
  }
}

async function connect(address: DatabaseAddress): Promise<Db> {
  const { uri, source, credentials } = address;
  try {
    return await connectMongo(uri, {
      socketTimeoutMS: responseTimeoutMs,
      ...(credentials && { credentials }),
    });
  } catch (error) {
    // An address that cannot be read cannot be redacted, either.
    const message = redactText((error as Error).message.replaceAll(uri, "[value]"));
    const refused = error instanceof MongoServerError;
    throw new BackupError(
      `The database that ${source} names ${refused ? "refuses us" : "does not answer"}: ${message}. ` +
        remedy(refused, address),
      { cause: error },
    );
  }
}

function remedy(refused: boolean, { source, credentials }: DatabaseAddress): string {
  if (!refused) return `Start it, or correct ${source}.`;
  return credentials
    ? "Give the role that asks a user of the database."
    : `Correct the user and the password in ${source}.`;
}

function reason(error: MongoError, { source }: DatabaseAddress): string {
  const message = redactText(error.message);
  if (error instanceof MongoNetworkError) return `The database dropped the connection: ${message}.`;
  return error.code === unauthorizedCode
    ? `The database refuses it: ${message}. Give ${source} a user that may.`
    : `The database failed: ${message}.`;
}

/** Stands in a database from the beginning of a restore to its end, so that nothing takes what is there for whole. */
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
