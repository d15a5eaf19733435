/**
 * What the service and the infrastructure must agree on: names, and nothing that costs anything to import.
 * From the service the stacks import this module, `routes.ts` and types alone.
 */

/** The environments that live in AWS. Development is a process on the developer's machine. */
export const deployedEnvironments = ["staging", "production"] as const;

export type DeployedEnvironment = (typeof deployedEnvironments)[number];

/** Environment variables of the Lambda functions. `service/lambda.ts` reads them, the `service` stack sets them. */
export const variables = {
  /** `staging` or `production`. */
  environment: "ECOBEAT_ENVIRONMENT",
  /** Public base URL of the API without a trailing slash: the issuer and the audience of access tokens. */
  apiUrl: "API_URL",
  /** Comma-separated origins that CORS answers to. */
  corsOrigins: "CORS_ORIGINS",
  /** The oldest version of the app that is served, such as `1.4.0`; `0.0.0` serves all. */
  minimumAppVersion: "MINIMUM_APP_VERSION",
  /** How many proxies before the function write to `X-Forwarded-For` the address that asked them. */
  trustedProxies: "TRUSTED_PROXIES",
  /** Set to `on` where there is a page at {@link docsRoute}. */
  docsPage: "DOCS_PAGE",
  /** Where the functions that make and verify backups find them, such as `s3://bucket/dumps/`. */
  backupLocation: "BACKUP_LOCATION",
} as const;

/** SSM parameters that the functions read, by purpose; {@link parameterPath} gives the full path. */
export const parameters = {
  /** String: connection string of MongoDB Atlas; carries no password, the function authenticates by IAM. */
  mongodbUri: "mongodb-uri",
  /** String: `rediss://` URL of the cache with the IAM user's name, without a password. */
  redisUrl: "redis-url",
  /** String: the signing keys by stage, a {@link StagedKeyArns}. Terraform makes the first, `ops keys` the next. */
  jwtSigningKeys: "jwt-signing-keys",
  /** SecureString, created by `npm run ops -- secrets create`: the key under which refresh tokens are hashed. */
  refreshTokenPepper: "refresh-token-pepper",
} as const;

/** What the parameter `jwt-signing-keys` holds, as JSON: ARNs of KMS keys by stage. */
export interface StagedKeyArns {
  /** Signs, and is published. */
  current: string;
  /** Published, to sign next. */
  next?: string | undefined;
  /** Published until the last token that it signed has expired. */
  previous?: string | undefined;
  /** Signs and is published no more, and is still to be disabled. */
  retired?: string | undefined;
  /** When a stage changed last, in ISO 8601. @default so long ago that it does not matter */
  changedAt?: string | undefined;
}

/**
 * Full path of an SSM parameter, such as `/ecobeat/staging/mongodb-uri`.
 * @param name of {@link parameters}, or of a parameter that only another function reads
 */
export const parameterPath = (environment: DeployedEnvironment, name: string): string =>
  `/ecobeat/${environment}/${name}`;

/** Database that holds all collections; the functions may touch no other. */
export const databaseName = "ecobeat";

/** What the function that creates missing indexes is told. */
export interface MigrationRequest {
  /** Whether it only says what it would create. @default it creates */
  readonly dryRun?: boolean;
}

/** What it answers: names, as `collection.index`, of those that it has created or, in a dry run, would create. */
export type MigrationResult =
  | { readonly created: readonly string[] }
  | { readonly missing: readonly string[] };

/**
 * How far back an activity may lie when it is recorded, in days, everywhere. What is older may be in an archive, which the
 * service cannot see: stored again, it would be there twice.
 */
export const recordableDays = 365;

/**
 * What the archive of the database knows of activities: their collection, the date by which they grow old, and the field by
 * which they are searched. The archive must be made anew to change one.
 */
export const activities = { collection: "activities", timeField: "occurredAt", userField: "userId" } as const;

/** Name of the ElastiCache replication group; part of the signature by which a client authenticates to it. */
export const cacheName = (environment: DeployedEnvironment): string => `ecobeat-${environment}`;

/**
 * Header by which CloudFront tells the service the country that a request comes from, in ISO 3166-1 alpha-2:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
 */
export const viewerCountryHeader = "CloudFront-Viewer-Country";

/** Prefix of every key the service writes to Redis. The braces of a hash tag come after it. */
export const cacheKeyPrefix = "ecobeat:";

/** How long a verifier may keep the key set, in seconds. A new key must be published for so long before it signs. */
export const jwksCacheSeconds = 300;

/**
 * How old the signing keys that a process knows may be, in seconds, for it to sign, and to refuse a token for its unknown key.
 * They are read anew within a minute; this is for readings that fail.
 */
export const signingKeysNoticeSeconds = 120;

/**
 * Answers from this size on are compressed for clients that take it. CloudFront compresses only what it caches; below this,
 * an answer fits in one packet anyway.
 */
export const minimumCompressedBytes = 1024;

/** A page to read and try the API, where an environment has it. Browsers open it without an API key. */
export const docsRoute = "/docs";

/** Dependencies that a log line of the service can name as the cause of a failure, in its field `dependency`. */
export const dependencyNames = { database: "database", redis: "redis" } as const;

export type DependencyName = (typeof dependencyNames)[keyof typeof dependencyNames];

/**
 * CloudWatch namespace of what we measure ourselves. What the service measures is right in it; what is measured in the log of a
 * function, in one below it with the function's name.
 */
export const metricNamespace = "Ecobeat";

/** What is measured in the log of each function. */
export const logMetrics = {
  /** The most that an execution environment has used so far, in MB. */
  memoryUsed: "MemoryUsed",
  /** How long a cold start took, in ms. There are as many values as cold starts. */
  initDuration: "InitDuration",
  /** Lines about a database that is out of reach, overloaded or too slow. */
  databaseFailures: "DatabaseFailures",
  /** The same about Redis. */
  redisFailures: "RedisFailures",
} as const;

/**
 * What the service measures, with CloudWatch's units: all functions together, without dimensions, as each name under each
 * combination of dimensions is billed by the month.
 */
export const serviceMetrics = {
  /** Logins that were let in. */
  Logins: "Count",
  /** Refresh tokens that were exchanged for their successor. */
  Refreshes: "Count",
  /** How long an access token's signature took, with all tries. */
  SignDuration: "Milliseconds",
  /** The longest wait for a connection of the database's pool, with the time to make one where there was none. */
  DatabasePoolWait: "Milliseconds",
  /** The most connections of one pool that were in use at once. */
  DatabasePoolInUse: "Count",
  /** Profiles that were remembered, and those that the database was asked for. */
  ProfileCacheHits: "Count",
  ProfileCacheMisses: "Count",
  /** The same of monthly summaries. */
  SummaryCacheHits: "Count",
  SummaryCacheMisses: "Count",
} as const;

export type ServiceMetric = keyof typeof serviceMetrics;

/** Caches whose hits are counted: what the names of their two metrics begin with. */
export const measuredCaches = ["Profile", "Summary"] as const;

export type MeasuredCache = (typeof measuredCaches)[number];

/** The metric that counts events of security, and its one dimension, the event's name. */
export const securityEventMetric = { name: "SecurityEvents", dimension: "event" } as const;
