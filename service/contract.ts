/**
 * What the service and the infrastructure must agree on: names, and nothing that costs time to import.
 * The stacks import only this module, `routes.ts` and types from the service.
 */
import { namePrefix, productName } from "./company.ts";

/**
 * Name of an environment in AWS, such as `staging`: lower-case letters and digits. The stacks give it to the service; which
 * environments there are, `stacks/environments/` says. Development is a process on the developer's machine.
 */
export type DeployedEnvironment = string;

/** Begins the names of an environment's stacks and resources, such as `ecobeat-staging`. */
export const toNamePrefix = (environment: DeployedEnvironment): string => `${namePrefix}-${environment}`;

/** Environment variables of the Lambda functions. `service/lambda.ts` reads them, the `service` stack sets them. */
export const variables = {
  /** The name of the environment, a {@link DeployedEnvironment}. */
  environment: "ECOBEAT_ENVIRONMENT",
  /** Public base URL of the API without a trailing slash: the issuer and the audience of access tokens. */
  apiUrl: "API_URL",
  /** Comma-separated origins that CORS allows. */
  corsOrigins: "CORS_ORIGINS",
  /** The oldest version of the app that is served, such as `1.4.0`; `0.0.0` serves all. */
  minimumAppVersion: "MINIMUM_APP_VERSION",
  /** How many proxies in front of the function add the address of their client to `X-Forwarded-For`. */
  trustedProxies: "TRUSTED_PROXIES",
  /** Set to `on` where there is a page at {@link docsRoute}. */
  docsPage: "DOCS_PAGE",
  /** Comma-separated team and bundle ids of the app on Apple's devices, which opens links of mails. */
  appleAppIds: "APPLE_APP_IDS",
  /** Comma-separated SHA-256 fingerprints of the certificates that sign the app on Android. */
  androidCertificates: "ANDROID_CERTIFICATES",
  /** The database, where it is another than that of the connection string. Keys in Redis then begin with its name. */
  databaseName: "DATABASE_NAME",
  /** The replication group of the cache, where it is another than the environment's own. */
  cacheName: "CACHE_NAME",
  /** URL of the SQS queue of mails: {@link Mail} as JSON. */
  mailQueueUrl: "MAIL_QUEUE_URL",
  /** The address from which the function that sends mails sends them, such as `no-reply@api.ecobeat.app`. */
  mailFrom: "MAIL_FROM",
  /** The configuration set in SES to whose rules and events each mail belongs. */
  mailConfigurationSet: "MAIL_CONFIGURATION_SET",
  /** How many mails an execution environment of that function sends each second at most: a whole number. */
  mailsPerSecond: "MAILS_PER_SECOND",
  /** Set to `on` where the queue also has mails of previews, whose links lead to an API of API Gateway without a name of its own. */
  mailPreviews: "MAIL_PREVIEWS",
  /** Where the functions that create and verify backups find them, such as `s3://bucket/dumps/`. */
  backupLocation: "BACKUP_LOCATION",
} as const;

/**
 * The functions that serve requests, by their ids in the stacks: `auth` handles logins, refreshes and links of mails, `api` the rest. The archive has a
 * file for each, which prepares it for its requests: `auth.handler`.
 */
export const serviceFunctions = ["auth", "api"] as const;

/** One of {@link serviceFunctions}. */
export type ServiceFunctionName = (typeof serviceFunctions)[number];

/** SSM parameters that the functions read, by purpose; {@link parameterPath} gives the full path. */
export const parameters = {
  /** String: connection string of MongoDB Atlas; carries no password, the function authenticates by IAM. */
  mongodbUri: "mongodb-uri",
  /** String: `rediss://` URL of the cache with the IAM user's name, without a password. */
  redisUrl: "redis-url",
  /** String: the signing keys by stage, a {@link StagedKeyArns}. Terraform creates the first, `ops keys` the next. */
  jwtSigningKeys: "jwt-signing-keys",
  /** SecureString: the peppers of refresh tokens by stage. `ops secrets create` creates the first, `ops pepper` the next. */
  refreshTokenPepper: "refresh-token-pepper",
} as const;

/** The key of refresh tokens must be as long as the output of the hash that it keys, SHA-256. */
export const minPepperBytes = 32;

/** The parts of a refresh token, in bytes: the token is their base64url. A token may come without its generation. */
export const refreshTokenBytes = { userId: 16, session: 16, secret: 32, generation: 4, tag: 16 } as const;

/** How many characters the shortest refresh token has. No other word in a log is as long. */
export const shortestRefreshToken = Math.ceil(
  ((refreshTokenBytes.userId + refreshTokenBytes.session + refreshTokenBytes.secret + refreshTokenBytes.tag) * 8) / 6,
);

/** What the parameter `jwt-signing-keys` holds, as JSON: ARNs of KMS keys by stage. */
export interface StagedKeyArns {
  /** Signs, and is published. */
  current: string;
  /** Published, to sign next. */
  next?: string | undefined;
  /** Published until the last token that it signed has expired. */
  previous?: string | undefined;
  /** No longer signs and is no longer published, but is not yet disabled. */
  retired?: string | undefined;
  /** When a stage last changed, in ISO 8601. @default so long ago that it does not matter */
  changedAt?: string | undefined;
}

/**
 * Full path of an SSM parameter, such as `/ecobeat/staging/mongodb-uri`.
 * @param name of {@link parameters}, or of a parameter that only another function reads
 */
export const parameterPath = (environment: DeployedEnvironment, name: string): string =>
  `/${namePrefix}/${environment}/${name}`;

/** Database that holds all collections; the functions may touch no other. */
export const databaseName: string = namePrefix;

/** The request to the function that migrates the database. Without members, it creates missing indexes, as a release does. */
export interface MigrationRequest {
  /** Changes nothing, and returns a {@link MigrationPlan}. @default false */
  readonly dryRun?: boolean;
  /** Also migrates documents, for a minute at most. @default false */
  readonly documents?: boolean;
  /** `startedAt` of the first result, for each further call until it is done. @default the call is the first */
  readonly since?: string;
  /** Also drops the indexes that earlier releases have declared. @default false */
  readonly dropIndexes?: boolean;
}

/** What the ledger of a database knows of a migration. */
export interface MigrationProgress {
  readonly name: string;
  /** A migration of another release has no code in this one: it is newer, or was deleted. */
  readonly state: "pending" | "in progress" | "complete" | "of another release";
  /** Documents that were read, in all passes. */
  readonly read: number;
  readonly changed: number;
  /** Documents that another write had changed meanwhile: a later pass migrates them. */
  readonly conflicts: number;
  /** Documents that are not migrated, in a plan. @default unknown, as counting takes too long */
  readonly left?: number;
}

/** The result of a migration. Indexes are named as `collection.index`. */
export interface MigrationOutcome {
  /** Indexes that it created. */
  readonly created: readonly string[];
  /** Indexes that it dropped. */
  readonly dropped: readonly string[];
  /** Whether all is done that was requested. If not, the caller repeats the request with `since`. */
  readonly done: boolean;
  /** When the call started. */
  readonly startedAt: string;
  readonly migrations: readonly MigrationProgress[];
}

/** The result of a dry run. Indexes are named as `collection.index`. */
export interface MigrationPlan {
  /** Indexes that it would create. */
  readonly missing: readonly string[];
  /** Why it would fail: a sentence for each existing index that is not as declared. */
  readonly different: readonly string[];
  /** Indexes that it would drop with `dropIndexes`. */
  readonly toDrop: readonly string[];
  /** Indexes and collections that no release declares. They stay. */
  readonly undeclared: { readonly collections: readonly string[]; readonly indexes: readonly string[] };
  readonly migrations: readonly MigrationProgress[];
}

/** The result of the function that migrates the database: a plan in a dry run. */
export type MigrationResult = MigrationOutcome | MigrationPlan;

/** The request to the same function of a preview that deletes the preview's data. */
export interface ErasureRequest {
  /** The preview's database, which must be the one that the function uses. */
  readonly erase: string;
}

/** Its result. */
export interface ErasureResult {
  /** The database. */
  readonly erased: string;
  /** How many users it had, whose keys in Redis were deleted. */
  readonly users: number;
  /** The collections that were dropped, and the database with the last of them. */
  readonly collections: readonly string[];
}

/** The name that all previews of pull requests share as their environment: in tags, parameters and logs. */
export const previewEnvironment: DeployedEnvironment = "preview";

/** Begins the names of the resources of all previews. No environment may be called `pr`. */
export const previewPrefix: string = toNamePrefix("pr");

/** The name of the preview of a pull request, of its database, and the beginning of the names of its resources. */
export const toPreviewName = (pullRequest: number): string => `${previewPrefix}-${pullRequest}`;

/**
 * The pull request of a preview.
 * @param name as {@link toPreviewName} gives it; undefined for any other
 */
export function parsePreviewName(name: string): number | undefined {
  const number = name.startsWith(`${previewPrefix}-`) ? name.slice(previewPrefix.length + 1) : "";
  return /^[1-9]\d{0,6}$/.test(number) ? Number(number) : undefined;
}

/**
 * How old an activity may be when it is recorded, in days. An older one may be in an archive, which the service cannot see: stored
 * again, it would be there twice.
 */
export const recordableDays = 365;

/**
 * What the online archive of the database uses of activities: their collection, the date by which it archives them, and the
 * field by which it partitions them. To change one, the archive must be recreated.
 */
export const activities = { collection: "activities", timeField: "occurredAt", userField: "userId" } as const;

/** Name of the ElastiCache replication group; part of the signature by which a client authenticates to it. */
export const cacheName = (environment: DeployedEnvironment): string => toNamePrefix(environment);

/**
 * Header in which CloudFront sends the country of the client, in ISO 3166-1 alpha-2:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
 */
export const viewerCountryHeader = "CloudFront-Viewer-Country";

/** Prefix of every key the service writes to Redis, unless a function has another. The braces of a hash tag come after it. */
export const cacheKeyPrefix = `${namePrefix}:`;

/** How long a verifier may cache the key set, in seconds. A new key must be published for this long before it signs. */
export const jwksCacheSeconds = 300;

/**
 * How old the signing keys that a process knows may be, in seconds, for it to sign, and to refuse a token for its unknown key.
 * A process reads them again within a minute; this limit is for reads that fail.
 */
export const signingKeysNoticeSeconds = 120;

/**
 * Responses of at least this size are compressed for clients that accept it. CloudFront compresses only what it caches; a
 * smaller response fits in one packet anyway.
 */
export const minimumCompressedBytes = 1024;

/** The page on which developers read and try the API, where an environment has it. It needs no API key. */
export const docsRoute = "/docs";

/** Where the pages are that mails link to. They need no API key. */
export const linksRoute = "/links";

/** What a link in a mail is for: the last part of its page, and the host of the app's own URL, `ecobeat://reset-password`. */
export const linkActions = ["reset-password", "confirm-email"] as const;

/** One of {@link linkActions}. */
export type LinkAction = (typeof linkActions)[number];

/**
 * The link of a mail. A phone with the app opens it there, a browser as a page.
 * @param apiUrl of the configuration, never of a request: its headers are the client's
 */
export const toLink = (apiUrl: string, action: LinkAction, token: string): string =>
  `${apiUrl}${linksRoute}/${action}?token=${token}`;

/** The same for the app alone. Another app could claim the scheme. */
export const toAppLink = (action: LinkAction, token: string): string => `${namePrefix}://${action}?token=${token}`;

/** Dependencies that a log line of the service can name as the cause of a failure, in its field `dependency`. */
export const dependencyNames = { database: "database", redis: "redis" } as const;

export type DependencyName = (typeof dependencyNames)[keyof typeof dependencyNames];

/**
 * CloudWatch namespace of our metrics. Metrics of the service are directly in it; metrics from the log of a function are in a
 * namespace below it with the function's name.
 */
export const metricNamespace: string = productName;

/** Metrics from the log of each function. */
export const logMetrics = {
  /** The maximum memory that an execution environment has used so far, in MB. */
  memoryUsed: "MemoryUsed",
  /** How long a cold start took, in ms. There are as many values as cold starts. */
  initDuration: "InitDuration",
  /** Log lines about a database that is unreachable, overloaded or too slow. */
  databaseFailures: "DatabaseFailures",
  /** The same about Redis. */
  redisFailures: "RedisFailures",
  /** Requests that API Gateway answers with 429, from its access log. */
  throttledRequests: "ThrottledRequests",
} as const;

/**
 * Metrics of the service, with CloudWatch's units: of all functions together and without dimensions, as each combination of
 * dimensions is billed as a metric of its own.
 */
export const serviceMetrics = {
  /** Successful logins. */
  Logins: "Count",
  /** Refresh tokens that were exchanged for their successor. */
  Refreshes: "Count",
  /** Requests of apps that are older than the minimum version. Anyone can send them, so that they have no dimension. */
  AppVersionRefusals: "Count",
  /** How long an access token's signature took, with all attempts. */
  SignDuration: "Milliseconds",
  /** The longest wait for a connection of the database's pool, including the time to open one. */
  DatabasePoolWait: "Milliseconds",
  /** The maximum number of connections of one pool in use at the same time. */
  DatabasePoolInUse: "Count",
  /** Mails that the queue took, and mails that it did not. */
  MailsQueued: "Count",
  MailsNotQueued: "Count",
  /** Actions of support whose responses contain personal data as it is, and deletions of accounts by support. */
  SupportDisclosures: "Count",
  SupportDeletions: "Count",
  /** Mails that SES took, tries that failed, and mails whose link had expired: the sender's. */
  MailsSent: "Count",
  MailsFailed: "Count",
  MailsExpired: "Count",
  /** Profiles read from the cache, and from the database. */
  ProfileCacheHits: "Count",
  ProfileCacheMisses: "Count",
  /** The same for monthly summaries. */
  SummaryCacheHits: "Count",
  SummaryCacheMisses: "Count",
} as const;

export type ServiceMetric = keyof typeof serviceMetrics;

/** Caches whose hits and misses are counted: the prefixes of the names of their two metrics. */
export const measuredCaches = ["Profile", "Summary"] as const;

export type MeasuredCache = (typeof measuredCaches)[number];

/**
 * The metric that counts successful logins and refreshes by the minor version of the app, such as `1.4`: its only dimension. `none` is a
 * client without a version, `other` one beyond the number of versions that a process counts.
 */
export const appVersionMetric = { name: "AppVersions", dimension: "minor_version" } as const;

/** The metric that counts TLS connections of the functions, by `dependency` and by negotiated `protocol`. */
export const tlsConnectionMetric = "TlsConnections";

/** The metric that counts security events, and its only dimension, the event's name. */
export const securityEventMetric = { name: "SecurityEvents", dimension: "event" } as const;
