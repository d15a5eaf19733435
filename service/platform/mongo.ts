import { createSecureContext } from "node:tls";
import { type AuthMechanismProperties, type Db, MongoClient, MongoError } from "mongodb";
import { namePrefix } from "../company.ts";
import { databaseName, dependencyNames } from "../contract.ts";
import { UnavailableError, withTimeout } from "./deadline.ts";
import type { Metrics } from "./metrics.ts";
import { withRequestDeadline } from "./mongo-deadline.ts";
import { measurePool, traceCommands } from "./mongo-monitoring.ts";
import { defaultTimeouts, type Timeouts } from "./timeouts.ts";
import { tlsFloor } from "./tls.ts";
import type { Tracing } from "./tracing.ts";
import "./mongo-closed-sockets.ts";

/** The driver accepts properties of an authentication mechanism only together with the mechanism. */
const usesIam = /[?&]authMechanism=MONGODB-AWS(&|$)/;

/**
 * The driver accepts no `minVersion`, only a secure context, which replaces the certificates that a connection string names. With
 * such certificates, a connection keeps the default minimum of Node.js, which is the same: TLS 1.2.
 */
const namesCertificates = /[?&]tls(CA|CRL|CertificateKey)File=/i;

/** The driver's name for the database of a connection string that names none. */
const driverDefaultDatabase = "test";

/** How {@link connectMongo} connects. */
export interface MongoOptions {
  /**
   * Credentials for `MONGODB-AWS`, if the connection string names it.
   * @default those that the driver finds with the package `@aws-sdk/credential-providers`, which no archive contains
   */
  credentials?: AuthMechanismProperties["AWS_CREDENTIAL_PROVIDER"];
  /**
   * Timeout of a response.
   * @default short enough for the request to get a response
   */
  socketTimeoutMS?: number;
  /** The database. @default the one that the connection string names, or else `ecobeat` */
  database?: string | undefined;
  /** @default the pool is not measured */
  metrics?: Metrics;
  /** @default commands are not traced */
  tracing?: Tracing;
  /** @default those of the service in production */
  timeouts?: Timeouts;
}

/**
 * Connects to MongoDB. The driver's timeout for a whole operation, `timeoutMS`, has no effect since 7.8, as connections could get out
 * of step with their responses: https://www.mongodb.com/docs/drivers/node/upcoming/connect/connection-options/csot/
 * So each part of an operation has its own. Resolves after the first response.
 * @returns the database
 */
export async function connectMongo(
  uri: string,
  {
    credentials,
    database,
    metrics,
    tracing,
    timeouts = defaultTimeouts,
    socketTimeoutMS = timeouts.databaseAnswer,
  }: MongoOptions = {},
): Promise<Db> {
  const client = new MongoClient(uri, {
    appName: namePrefix,
    // An execution environment serves one request at a time; a few connections allow parallel queries.
    maxPoolSize: 5,
    maxIdleTimeMS: timeouts.idleConnection,
    serverSelectionTimeoutMS: timeouts.databaseSelection,
    connectTimeoutMS: timeouts.databaseConnect,
    waitQueueTimeoutMS: timeouts.databasePoolWait,
    minHeartbeatFrequencyMS: timeouts.databaseCheckPause,
    socketTimeoutMS,
    monitorCommands: tracing !== undefined,
    ...(!namesCertificates.test(uri) && { secureContext: createSecureContext(tlsFloor) }),
    ...(credentials && usesIam.test(uri) && { authMechanismProperties: { AWS_CREDENTIAL_PROVIDER: credentials } }),
  });
  if (metrics) measurePool(client, metrics);
  if (tracing) traceCommands(client, tracing);
  const connecting = client.connect();
  try {
    // The driver does not limit its look-ups of names.
    await withTimeout("MongoDB", timeouts.nameResolution + timeouts.databaseSelection, connecting);
    const named = client.options.dbName === driverDefaultDatabase ? databaseName : undefined;
    return withRequestDeadline(client.db(database ?? named));
  } catch (error) {
    // Also later: what was still looking up names would then connect.
    for (const end of [client.close(), connecting]) {
      end.then(() => client.close()).catch(() => {});
    }
    // Any other error comes from what the driver asks first, such as the name server.
    if (error instanceof MongoError) throw error;
    throw new UnavailableError("MongoDB's servers cannot be found", {
      cause: error,
      dependency: dependencyNames.database,
    });
  }
}
