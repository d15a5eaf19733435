import type { DeployedEnvironment } from "../service/contract.ts";

/** The configuration of an environment. Stacks read only these values: no stack checks which environment it is in. */
export interface Environment {
  /** Part of every name and of every tag. */
  readonly name: DeployedEnvironment;
  /** The only AWS account that the stacks may change. */
  readonly accountId: string;
  readonly region: string;
  /** Public domain name of the API; the environment has a DNS zone of this name. */
  readonly apiDomain: string;
  /** Origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** The oldest supported version of the app, such as `1.4.0`; `0.0.0` supports all. Older versions ask for an update. */
  readonly minimumAppVersion: string;
  readonly network: EnvironmentNetwork;
  readonly cache: EnvironmentCache;
  readonly database: EnvironmentDatabase;
  readonly backup: EnvironmentBackup;
  readonly functions: EnvironmentFunctions;
  readonly api: EnvironmentApi;
  /** @default clients reach the API without a CDN */
  readonly cdn?: EnvironmentCdn;
  /** Notified by alarms of AWS and alerts of Atlas. */
  readonly alerts: AlertRecipients;
  /** Monthly budget of the AWS account in US dollars; Atlas bills separately. */
  readonly monthlyBudgetUsd: number;
  /** Retention of all logs. */
  readonly logRetentionDays: LogRetentionDays;
  /**
   * The environment that promotes this one's releases, and may therefore read what is deployed here.
   *
   * @default none
   */
  readonly promotedTo?: DeployedEnvironment;
  /**
   * Whether `npm run ops -- drill --environment` may destroy its database and restore it from a backup.
   *
   * @default false
   */
  readonly drillable?: boolean;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
// biome-ignore format: a list of numbers
export type LogRetentionDays =
  | 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 120 | 150 | 180 | 365 | 400 | 545 | 731 | 1096 | 1827 | 2192 | 2557 | 2922 | 3288 | 3653;

export interface EnvironmentNetwork {
  /** Address range of the VPC, at least a /20. */
  readonly cidr: string;
  /** Two or three; each gets one private subnet. */
  readonly availabilityZones: readonly string[];
  /**
   * A NAT gateway with one fixed address, and the TCP ports that the functions may reach through it.
   *
   * @default the VPC has no route to the internet
   */
  readonly nat?: PortRange;
}

/** TCP ports from 1 to 65,535. */
export interface PortRange {
  readonly fromPort: number;
  readonly toPort: number;
}

export interface EnvironmentCache {
  readonly nodeType: string;
  /** With more than one, a replica in another zone takes over if the primary fails. */
  readonly nodes: 1 | 2 | 3 | 4 | 5 | 6;
  /** Percentage of a node's memory that is reserved, from 0 to 100: the smaller the node, the more it needs. */
  readonly reservedMemoryPercent: number;
}

export interface EnvironmentBackup {
  /** Hours between two dumps of the database: the recovery point objective of dumps. It divides a day. */
  readonly everyHours: 1 | 2 | 3 | 4 | 6 | 8 | 12;
  /** Days for which backups are kept and locked. */
  readonly retentionDays: number;
  /**
   * Another region of the European Union that gets a copy of each backup.
   *
   * @default no copies
   */
  readonly copyRegion?: string;
}

/** A database in MongoDB Atlas. */
export type EnvironmentDatabase = EnvironmentFlex | EnvironmentReplicaSet;

interface EnvironmentAtlas {
  /** Id of the organization in Atlas that owns the environment's project: 24 hexadecimal digits. */
  readonly organizationId: string;
}

/**
 * A shared cluster billed by use. It has no private endpoint, so that the network needs `nat`. Atlas takes one snapshot a day and
 * keeps eight.
 */
export interface EnvironmentFlex extends EnvironmentAtlas {
  readonly kind: "flex";
  /** Flex clusters have none. */
  readonly onlineArchive?: never;
}

/** A dedicated cluster behind AWS PrivateLink. */
export interface EnvironmentReplicaSet extends EnvironmentAtlas {
  readonly kind: "replica-set";
  readonly instanceSize: AtlasInstanceSize;
  /** Electable nodes: https://www.mongodb.com/docs/atlas/cluster-config/multi-cloud-distribution/ */
  readonly nodes: 3 | 5 | 7;
  readonly backups: AtlasBackupPolicy;
  /** @default activities stay in the cluster */
  readonly onlineArchive?: EnvironmentOnlineArchive;
}

/** Cheaper, read-only storage for old activities. */
export interface EnvironmentOnlineArchive {
  /** Age in days at which an activity moves to the archive. More than the service accepts for a new activity. */
  readonly afterDays: number;
  /** Age in days at which an activity is deleted from the archive. Until then it outlives its account. */
  readonly keepDays: number;
}

/**
 * The cluster tiers on AWS with private endpoints and scheduled backups:
 * https://www.mongodb.com/docs/atlas/reference/free-shared-limitations/ and
 * https://www.mongodb.com/docs/atlas/reference/amazon-aws/
 */
export type AtlasInstanceSize =
  | `M${10 | 20 | 30 | 40 | 50 | 60 | 80 | 140 | 200 | 300}`
  | `R${40 | 50 | 60 | 80 | 200 | 300 | 400 | 700}`;

/** The snapshots of a replica set, and how long Atlas keeps them. */
export interface AtlasBackupPolicy {
  /** Hours between two snapshots. */
  readonly everyHours: 1 | 2 | 4 | 6 | 8 | 12;
  /** Days for which Atlas keeps each day's snapshot; not below `pointInTimeDays`. */
  readonly dailyDays: number;
  /** Point-in-time restore window in days; Atlas keeps the snapshots between the daily ones as long. */
  readonly pointInTimeDays: number;
  /** AWS's name of another region, which gets a copy of all snapshots. */
  readonly copyRegion: string;
}

export interface EnvironmentFunctions {
  /** Lambda's name of the Node.js version. */
  readonly runtime: `nodejs${number}.x`;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /**
   * Maximum concurrency of each function. It protects the other functions' concurrency and the database's connections from a
   * flood of requests.
   *
   * Each execution environment has two connections to the database's primary, one of them for monitoring. During a release the
   * environments of the previous version are still connected. Four times the sum must therefore be below the database's limit:
   * 500 on Flex, 1,490 on M10 (https://www.mongodb.com/docs/atlas/reference/atlas-limits/). AWS requires 100 of the account's
   * 1,000 to stay unreserved (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
   */
  readonly reservedConcurrency: { readonly auth: number; readonly api: number };
  /**
   * The CodeDeploy configuration that shifts traffic to a new version, such as
   * `CodeDeployDefault.LambdaCanary10Percent5Minutes`:
   * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
   */
  readonly deploymentConfiguration: string;
  /**
   * Provisioned concurrency of `auth`: users wait for logins and refreshes.
   *
   * @default none; the first requests wait for a cold start
   */
  readonly provisionedConcurrency?: ProvisionedConcurrencyRange;
}

export interface ProvisionedConcurrencyRange {
  /** Provisioned at all times, at least 1. */
  readonly minimum: number;
  /** Upper limit of scaling; not above the reserved concurrency. */
  readonly maximum: number;
  /** Average utilization over three minutes above which Application Auto Scaling adds more, from 10 to 90. */
  readonly utilizationPercent: number;
}

export interface EnvironmentApi {
  /** Whether `/docs` serves interactive documentation of the API. */
  readonly docsPage: boolean;
  /** Steady rate of the whole API, in requests per second. */
  readonly requestsPerSecond: number;
  /** Requests above the steady rate that may arrive at the same time. */
  readonly burst: number;
  /**
   * Requests that one IP address may make in five minutes. Phones on one mobile network share addresses, so this is
   * far above what one phone needs.
   */
  readonly requestsPerAddress: number;
  /** Tighter limits for the routes below `/v1/auth/`. */
  readonly auth: {
    /** Steady rate, in requests per second. A login costs a tenth of a second of CPU time. */
    readonly requestsPerSecond: number;
    /** Requests above the steady rate that may arrive at the same time. */
    readonly burst: number;
    /**
     * Requests that one IP address may make in five minutes to the routes that check passwords: login, registration and
     * password change. Not to refresh, which a whole mobile network may need at the same time. At least 200: the service itself allows
     * an address 100 failed logins and 100 registrations, and explains its refusals.
     */
    readonly requestsPerAddress: number;
  };
}

export interface EnvironmentCdn {
  /** The edge locations of CloudFront: `PriceClass_100` is Europe and North America. */
  readonly priceClass: "PriceClass_100" | "PriceClass_200" | "PriceClass_All";
}

/** Who is notified of alarms and alerts: at least one e-mail address or webhook. */
export interface AlertRecipients {
  /** E-mail addresses. Amazon SNS sends each a request to confirm the subscription, and nothing before that. */
  readonly emails: readonly string[];
  /**
   * An https URL that accepts messages of Amazon SNS and of Atlas, such as that of an on-call service. Plans and state
   * contain it, so it must not be a secret.
   *
   * @default e-mail only
   */
  readonly webhookUrl?: string;
}
