import { type AuthMechanismProperties, type Db, MongoClient } from "mongodb";

/**
 * Longest time of one operation, server selection included. Two of them, one after the other, must end before
 * API Gateway gives up after 29 s.
 */
const operationTimeoutMilliseconds = 5_000;

const serverSelectionTimeoutMilliseconds = 3_000;

/** The driver's name for the database of a connection string that names none. */
const driverDefaultDatabase = "test";

/**
 * Connects to MongoDB; the first answer has arrived when this resolves.
 * @returns the database that the connection string names, or else `ecobeat`
 * @param credentials credentials for `MONGODB-AWS`, where the connection string asks for it
 */
export async function connectMongo(
  uri: string,
  credentials?: AuthMechanismProperties["AWS_CREDENTIAL_PROVIDER"],
): Promise<Db> {
  const client = new MongoClient(uri, {
    appName: "ecobeat",
    // An execution environment serves one request at a time; a few connections let one request ask in parallel.
    maxPoolSize: 5,
    serverSelectionTimeoutMS: serverSelectionTimeoutMilliseconds,
    connectTimeoutMS: serverSelectionTimeoutMilliseconds,
    timeoutMS: operationTimeoutMilliseconds,
    ...(credentials && { authMechanismProperties: { AWS_CREDENTIAL_PROVIDER: credentials } }),
  });
  try {
    await client.connect();
    return client.db(client.options.dbName === driverDefaultDatabase ? "ecobeat" : undefined);
  } catch (error) {
    await client.close();
    throw error;
  }
}
