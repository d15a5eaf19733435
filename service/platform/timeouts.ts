type Milliseconds = number;

/**
 * How long the service waits, for each thing that it waits for. All are settings, so that tests need not wait as long: a test passes
 * the same figures, divided by fifty.
 *
 * A request has one deadline ({@link Timeouts.request}). The others end a wait earlier, where waiting longer would not help: they
 * leave time to say which dependency failed, and end work that several requests share.
 */
export interface Timeouts {
  /**
   * A whole request, from its arrival to its response. API Gateway gives up after 29 s, and starting a function counts:
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
   */
  readonly request: Milliseconds;
  /** What is left of a function's time when the deadline of a request fires: enough to send the response and write the log. */
  readonly requestMargin: Milliseconds;

  /** Finding the addresses of a host: several look-ups, each to several name servers. Node.js alone takes up to 55 s. */
  readonly nameResolution: Milliseconds;

  /** A new connection to MongoDB, with TLS and authentication. */
  readonly databaseConnect: Milliseconds;
  /** An operation waits for a server that can run it. After a failover, a new primary is elected within seconds. */
  readonly databaseSelection: Milliseconds;
  /** Pause before the driver checks a server again that did not respond. Operations wait meanwhile. The driver's default. */
  readonly databaseCheckPause: Milliseconds;
  /** An operation waits for a free connection of the pool. */
  readonly databasePoolWait: Milliseconds;
  /** MongoDB's reply, or its next part. The slowest query of the service takes 0.1 s. */
  readonly databaseAnswer: Milliseconds;

  /** A new connection to Redis, with TLS and authentication. */
  readonly redisConnect: Milliseconds;
  /** Redis's reply. It responds within a millisecond, unless something is wrong. */
  readonly redisCommand: Milliseconds;
  /** Counting a request for a rate limit, including the connection. Without Redis, the process counts alone. */
  readonly rateLimitCount: Milliseconds;
  /** Reading from the cache. A cache that takes longer costs more than it saves: the database responds within milliseconds. */
  readonly cacheAnswer: Milliseconds;
  /** Values that are not invalidated are served for minutes: that is worth a wait, and a new process must connect first. */
  readonly cacheInvalidation: Milliseconds;
  /** A reader waits for a value that another reader loads. Longer than any load that succeeds. After that, it loads the value itself. */
  readonly cacheRefill: Milliseconds;

  /** A new connection to KMS or SSM, for each of three attempts. */
  readonly awsConnect: Milliseconds;
  /** A response of KMS or SSM, or its next part, for each of three attempts. KMS signs within 0.1 s. */
  readonly awsRequest: Milliseconds;
  /** A call of KMS or SSM, with all attempts and the pauses between them. */
  readonly awsCall: Milliseconds;
  /** Queueing a mail, with all attempts: a request waits no longer for it. SQS takes a message within 0.1 s. */
  readonly mailQueue: Milliseconds;
  /** Reading the signing keys, if the process already has some. */
  readonly signingKeys: Milliseconds;

  /** Each check of `/health/ready`. A dependency that takes longer to respond counts as down. */
  readonly healthCheck: Milliseconds;

  /**
   * The start of a process that waits until it has connected. Lambda grants 10 s, and more only with provisioned concurrency:
   * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
   */
  readonly initialization: Milliseconds;

  /**
   * A connection that is idle for longer is replaced before its next use. NAT gateways and PrivateLink drop a connection that is idle
   * for 350 s, as in a frozen function, and neither end is told:
   * https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
   */
  readonly idleConnection: Milliseconds;
}

export const defaultTimeouts: Timeouts = {
  request: 20_000,
  requestMargin: 1_000,
  nameResolution: 3_000,
  databaseConnect: 3_000,
  databaseSelection: 3_000,
  databaseCheckPause: 500,
  databasePoolWait: 2_000,
  databaseAnswer: 5_000,
  redisConnect: 3_000,
  redisCommand: 2_000,
  rateLimitCount: 500,
  cacheAnswer: 150,
  cacheInvalidation: 1_000,
  cacheRefill: 2_000,
  awsConnect: 1_000,
  awsRequest: 2_000,
  awsCall: 7_000,
  mailQueue: 2_000,
  signingKeys: 2_000,
  healthCheck: 3_500,
  initialization: 8_000,
  idleConnection: 300_000,
};
