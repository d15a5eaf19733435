import { createSecureContext } from "node:tls";
import { type AuthMechanismProperties, type Db, MongoClient, MongoError } from "mongodb";
import { dependencyNames } from "../contract.ts";
import { UnavailableError } from "./deadline.ts";
import type { Metrics } from "./metrics.ts";
import { traceCommands } from "./mongo-commands.ts";
import { measurePool } from "./mongo-pool.ts";
import { tlsFloor } from "./tls.ts";
import type { Tracing } from "./tracing.ts";
import "./mongo-closed-sockets.ts";

/**
 * Waits of one operation: for a server, for a connection of the pool, for the answer or the next part of it. Even with the one
 * retry that the driver makes, their sum stays below the 29 s after which API Gateway gives up. The driver's one deadline for
 * all of it, `timeoutMS`, has no effect since 7.8, as connections could get out of step with their answers:
 * https://www.mongodb.com/docs/drivers/node/upcoming/connect/connection-options/csot/
 */
const serverSelectionTimeoutMilliseconds = 3_000;
const poolTimeoutMilliseconds = 2_000;
const answerTimeoutMilliseconds = 5_000;

/**
 * NAT gateways and PrivateLink forget a connection that was idle for 350 s, as one in a frozen function is:
 * https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
 * The pool must not hand out such a one.
 */
const idleMilliseconds = 300_000;

/** The driver takes properties of an authentication only where there is one. */
const usesIam = /[?&]authMechanism=MONGODB-AWS(&|$)/;

/**
 * The driver takes no `minVersion`, but a secure context, which replaces the certificates that a connection string names. A connection
 * with such certificates keeps Node.js's default floor, which is the same: TLS 1.2.
 */
const namesCertificates = /[?&]tls(CA|CRL|CertificateKey)File=/i;

/** The driver's name for the database of a connection string that names none. */
const driverDefaultDatabase = "test";

/** How {@link connectMongo} connects. */
export interface MongoOptions {
  /**
   * Credentials for `MONGODB-AWS`, where the connection string asks for it.
   * @default the driver's own search, which needs the package `@aws-sdk/credential-providers`: no archive holds it
   */
  credentials?: AuthMechanismProperties["AWS_CREDENTIAL_PROVIDER"];
  /**
   * Wait for an answer.
   * @default one that leaves a request time to be answered
   */
  socketTimeoutMS?: number;
  /** @default the pool is not measured */
  metrics?: Metrics;
  /** @default commands are not traced */
  tracing?: Tracing;
}

/**
 * Connects to MongoDB; the first answer has arrived when this resolves.
 * @returns the database that the connection string names, or else `ecobeat`
 */
export async function connectMongo(
  uri: string,
  { credentials, socketTimeoutMS = answerTimeoutMilliseconds, metrics, tracing }: MongoOptions = {},
): Promise<Db> {
  const client = new MongoClient(uri, {
    appName: "ecobeat",
    // An execution environment serves one request at a time; a few connections let one request ask in parallel.
    maxPoolSize: 5,
    maxIdleTimeMS: idleMilliseconds,
    serverSelectionTimeoutMS: serverSelectionTimeoutMilliseconds,
    connectTimeoutMS: serverSelectionTimeoutMilliseconds,
    waitQueueTimeoutMS: poolTimeoutMilliseconds,
    socketTimeoutMS,
    monitorCommands: tracing !== undefined,
    ...(!namesCertificates.test(uri) && { secureContext: createSecureContext(tlsFloor) }),
    ...(credentials &&
      usesIam.test(uri) && { authMechanismProperties: { AWS_CREDENTIAL_PROVIDER: credentials } }),
  });
  if (metrics) measurePool(client, metrics);
  if (tracing) traceCommands(client, tracing);
  try {
    await client.connect();
    return client.db(client.options.dbName === driverDefaultDatabase ? "ecobeat" : undefined);
  } catch (error) {
    await client.close();
    // What is not the driver's own comes from what it asks first, such as the name server.
    if (error instanceof MongoError) throw error;
    throw new UnavailableError("MongoDB's servers cannot be found", {
      cause: error,
      dependency: dependencyNames.database,
    });
  }
}
