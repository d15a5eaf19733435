import { type Db, MongoError, MongoNetworkError, MongoServerError } from "mongodb";
import { connectMongo, type MongoOptions } from "../../service/platform/mongo.ts";
import { redactText } from "../../service/platform/redaction.ts";
import { OperatorError, type Reason } from "../cli/errors.ts";

/** The server responds when an index is complete: minutes later for a large collection. */
const responseTimeoutMs = 15 * 60 * 1_000;

const unauthorizedCode = 13;

/** Where the database of a command is. */
export interface DatabaseAddress {
  readonly uri: string;
  /** Where the URI comes from, for messages: `MONGODB_URI`, for example. */
  readonly source: string;
  /** @default those of the connection string, or those that the driver finds */
  readonly credentials?: NonNullable<MongoOptions["credentials"]>;
}

/** @throws {OperatorError} if `MONGODB_URI` is not set: backups do not support the embedded database */
export function getDatabaseAddress(): DatabaseAddress {
  const uri = process.env.MONGODB_URI;
  if (uri) return { uri, source: "MONGODB_URI" };
  throw new OperatorError("mongodb-uri-missing", {
    what: "MONGODB_URI is not set.",
    why: "Backups and restores need a MongoDB server; to back up the embedded database, copy its folder.",
    action: "Set it, for example: MONGODB_URI=mongodb://localhost:27017/development",
  });
}

/**
 * Connects to a database, works with it, and disconnects.
 * @param interruption what a failure of the database means for the work, and what to do
 * @throws {OperatorError} if the database fails
 */
export async function withDatabase<T>(
  address: DatabaseAddress,
  interruption: Reason,
  work: (database: Db) => Promise<T>,
): Promise<T> {
  const database = await connect(address);
  try {
    return await work(database);
  } catch (error) {
    if (!(error instanceof MongoError)) throw error;
    const isUnauthorized = error.code === unauthorizedCode;
    const what =
      error instanceof MongoNetworkError
        ? "The database dropped the connection"
        : `The database ${isUnauthorized ? "denied access" : "failed"}`;
    throw new OperatorError("database-failed", {
      what: `${what}: ${redactText(error.message)}.`,
      why: interruption.why,
      action: `${isUnauthorized ? `Set ${address.source} to a user with the role. ` : ""}${interruption.action}`,
      cause: error,
    });
  } finally {
    await database.client.close();
  }
}

async function connect({ uri, source, credentials }: DatabaseAddress): Promise<Db> {
  try {
    return await connectMongo(uri, { socketTimeoutMS: responseTimeoutMs, ...(credentials && { credentials }) });
  } catch (error) {
    // An invalid address cannot be redacted.
    const why = `${redactText((error as Error).message.replaceAll(uri, "[value]"))}.`;
    if (!(error instanceof MongoServerError)) {
      throw new OperatorError("database-unreachable", {
        what: `The database that ${source} names does not respond.`,
        why,
        action: `Start it, or correct ${source}.`,
        cause: error,
      });
    }
    const action = credentials
      ? "Create a database user for the role of this function."
      : `Correct the user and the password in ${source}.`;
    throw new OperatorError("database-login-failed", {
      what: `The database that ${source} names rejects the login.`,
      why,
      action,
      cause: error,
    });
  }
}

/** Exists in a database from the start of a restore to its end, so that no other command uses a partial restore. */
export const restoreMarker = "restore_in_progress";
