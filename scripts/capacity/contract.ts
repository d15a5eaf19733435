/**
 * Quotas of AWS and Atlas that the stacks, `ops capacity` and `ops doctor` must agree on, and the share of a limit at which an alarm
 * fires. Each is the default of a new account: `ops doctor` reads the account's own.
 */

/** Alarms fire at this share of a limit, so that there is time to raise it. */
export const alarmShare = 0.7;

/**
 * Requests per second of all APIs of an account, and its burst, which cannot be raised on its own:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export const getAccountRequests = ({ region }: { readonly region: string }): { perSecond: number; burst: number } =>
  region.startsWith("eu-south-") ? { perSecond: 2_500, burst: 1_250 } : { perSecond: 10_000, burst: 5_000 };

/**
 * Operations per second with RSA keys, in all functions of an account. Older accounts have 500:
 * https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */
export const rsaOperationsPerSecond = 1_000;

/**
 * Calls of `GetParameter`, `GetParameters` and `PutParameter` per second in an account, at the default throughput and at the higher
 * one, which costs money for each call: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-throughput.html
 * and https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
export const parameterReadsPerSecond = { standard: 40, higher: 1_000 } as const;

/** Of an environment's account. */
export const getParameterReads = ({ functions }: ParameterReader): number =>
  parameterReadsPerSecond[functions.parameterThroughput ?? "standard"];

interface ParameterReader {
  readonly functions: { readonly parameterThroughput?: "higher" };
}

/**
 * Concurrent executions in a region, those of them that must stay unreserved, and how many environments each function may start in ten
 * seconds: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
 */
export const lambdaScaling = { concurrency: 1_000, unreserved: 100, environmentsPerTenSeconds: 1_000 } as const;

/** Mails that SES sends outside of the sandbox: https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
export const mailQuotas = { perDay: 50_000, perSecond: 14 } as const;

/** Connections of a node: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html, `maxclients` */
export const cacheConnections = 65_000;

/** Operations per second and gigabytes of a Flex cluster: https://www.mongodb.com/docs/atlas/reference/flex-limitations/ */
export const flexLimits = { operationsPerSecond: 500, dataGb: 5 } as const;

/** Connections to one address and port: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html */
export const natConnections = 55_000;

/**
 * Seconds of a cold start, how long the AWS SDK retries reads of parameters in it, how long the driver of MongoDB waits for a new
 * connection, and how many connections an environment opens. A burst of cold starts uses the limits of Parameter Store and MongoDB for
 * that long.
 */
export const coldStart = { seconds: 0.7, parameterRetrySeconds: 1.5, connectSeconds: 3, connections: 2 } as const;

/** Cold starts in a burst that Parameter Store lets through. */
export const getColdStartsOfParameters = (readsPerSecond: number): number =>
  readsPerSecond * (coldStart.seconds + coldStart.parameterRetrySeconds);

/** Cold starts in a burst whose connections MongoDB accepts. */
export const getColdStartsOfConnections = (newConnectionsPerSecond: number): number =>
  (newConnectionsPerSecond * (coldStart.seconds + coldStart.connectSeconds)) / coldStart.connections;
