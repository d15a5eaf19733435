import { createSecureContext } from "node:tls";
import { type AuthMechanismProperties, type Db, MongoClient, MongoError } from "mongodb";
import { dependencyNames } from "../contract.ts";
import { UnavailableError } from "./deadline.ts";
import type { Metrics } from "./metrics.ts";
import { measurePool, traceCommands } from "./mongo-monitoring.ts";
import { tlsFloor } from "./tls.ts";
import type { Tracing } from "./tracing.ts";
import "./mongo-closed-sockets.ts";

/**
 * Timeouts of one operation: for a server, for a connection of the pool, for the response or its next part. Even with the
 * driver's one retry, their sum stays below the 29 s of API Gateway. The driver's timeout for the whole operation, `timeoutMS`,
 * has no effect since 7.8, as connections could get out of step with their responses:
 * https://www.mongodb.com/docs/drivers/node/upcoming/connect/connection-options/csot/
 */
const serverSelectionTimeoutMilliseconds = 3_000;
const poolTimeoutMilliseconds = 2_000;
const answerTimeoutMilliseconds = 5_000;

/**
 * NAT gateways and PrivateLink drop a connection that is idle for 350 s, as in a frozen function:
 * https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
 * The pool must not use such a connection.
 */
const idleMilliseconds = 300_000;

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
  /** @default the pool is not measured */
  metrics?: Metrics;
  /** @default commands are not traced */
  tracing?: Tracing;
}

/**
 * Connects to MongoDB. Resolves after the first response.
 * @returns the database that the connection string names, or else `ecobeat`
 */
export async function connectMongo(
  uri: string,
  { credentials, socketTimeoutMS = answerTimeoutMilliseconds, metrics, tracing }: MongoOptions = {},
): Promise<Db> {
  const client = new MongoClient(uri, {
    appName: "ecobeat",
    // An execution environment serves one request at a time; a few connections allow parallel queries.
    maxPoolSize: 5,
    maxIdleTimeMS: idleMilliseconds,
    serverSelectionTimeoutMS: serverSelectionTimeoutMilliseconds,
    connectTimeoutMS: serverSelectionTimeoutMilliseconds,
    waitQueueTimeoutMS: poolTimeoutMilliseconds,
    socketTimeoutMS,
    monitorCommands: tracing !== undefined,
    ...(!namesCertificates.test(uri) && { secureContext: createSecureContext(tlsFloor) }),
    ...(credentials && usesIam.test(uri) && { authMechanismProperties: { AWS_CREDENTIAL_PROVIDER: credentials } }),
  });
  if (metrics) measurePool(client, metrics);
  if (tracing) traceCommands(client, tracing);
  try {
    await client.connect();
    return client.db(client.options.dbName === driverDefaultDatabase ? "ecobeat" : undefined);
  } catch (error) {
    await client.close();
    // Any other error comes from what the driver asks first, such as the name server.
    if (error instanceof MongoError) throw error;
    throw new UnavailableError("MongoDB's servers cannot be found", {
      cause: error,
      dependency: dependencyNames.database,
    });
  }
}
