import type { DeployedEnvironment } from "../service/contract.ts";
import type { AtlasBackupPolicy } from "./constructs/database/atlas-backup-policy.ts";
import type { ProvisionedConcurrencyRange } from "./constructs/functions/provisioned-concurrency-range.ts";
import type { AlertRecipients } from "./constructs/observability/alert-recipients.ts";
import type { LogRetentionDays } from "./constructs/observability/log-group.ts";

/** What an environment has. Stacks read these values and nothing else: no stack asks which environment it is. */
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
  /** The oldest version of the app that is served, such as `1.4.0`; `0.0.0` serves all. Older ones ask for an update. */
  readonly minimumAppVersion: string;
  readonly network: EnvironmentNetwork;
  readonly cache: EnvironmentCache;
  readonly database: EnvironmentDatabase;
  readonly backup: EnvironmentBackup;
  readonly functions: EnvironmentFunctions;
  readonly api: EnvironmentApi;
  /** @default the API answers without a CDN before it */
  readonly cdn?: EnvironmentCdn;
  /** Notified by alarms of AWS and alerts of Atlas. */
  readonly alerts: AlertRecipients;
  /** US dollars that the account may cost in a month; what Atlas bills itself comes on top. */
  readonly monthlyBudgetUsd: number;
  /** Retention of all logs. */
  readonly logRetentionDays: LogRetentionDays;
  /**
   * The environment that takes its releases from this one, and so may look at what runs here.
   *
   * @default none does
   */
  readonly promotedTo?: DeployedEnvironment;
}

export interface EnvironmentNetwork {
  /** Address range of the VPC, at least a /20. */
  readonly cidr: string;
  /** Each has one private subnet. */
  readonly availabilityZones: readonly string[];
  /**
   * A NAT gateway with one fixed address, and the TCP ports that the functions may reach through it.
   *
   * @default the VPC has no route to the internet
   */
  readonly nat?: { readonly fromPort: number; readonly toPort: number };
}

export interface EnvironmentCache {
  readonly nodeType: string;
  /** With more than one, a replica in another zone takes over when the primary fails. */
  readonly nodes: number;
  /** Share of a node's memory that is kept free of data: the smaller the node, the more it needs. */
  readonly reservedMemoryPercent: number;
}

export interface EnvironmentBackup {
  /** Hours from one dump of the database to the next: 1, 2, 3, 4, 6, 8 or 12. As much may be lost. */
  readonly everyHours: number;
  /** Days for which backups are kept, and for which nobody can delete them. */
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
 * A shared cluster billed by use. It has no private endpoint, so that the network needs a NAT, and its backups are
 * Atlas's own: one snapshot a day, of which eight are kept.
 */
export interface EnvironmentFlex extends EnvironmentAtlas {
  readonly kind: "flex";
}

/** Servers of our own, reached through AWS PrivateLink. */
export interface EnvironmentReplicaSet extends EnvironmentAtlas {
  readonly kind: "replica-set";
  /** Atlas's name of the server size, M10 or larger. */
  readonly instanceSize: string;
  /** 3, 5 or 7. Each node can become the primary. */
  readonly nodes: number;
  readonly backups: AtlasBackupPolicy;
  /** Days after which an activity is moved to cheaper storage, where it can only be read. More than the service lets record. */
  readonly archiveAfterDays: number;
  /** Days after which an activity is deleted there, counted from when it happened. Until then it outlives its account. */
  readonly archiveKeepDays: number;
}

export interface EnvironmentFunctions {
  /** Lambda's name of the Node.js version. */
  readonly runtime: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /**
   * Requests that each function answers at once, at the most. A flood of them then leaves the account's other functions
   * what is theirs, and the database its connections.
   *
   * Each request at once is an execution environment with two connections to the database's primary: one that works and
   * one that watches. During a release the environments of the version before are still connected. So four times the sum
   * is below what the database takes: 500 on Flex, 1,490 on M10
   * (https://www.mongodb.com/docs/atlas/reference/atlas-limits/). And AWS wants 100 of the account's 1,000 to stay
   * unreserved (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
   */
  readonly reservedConcurrency: { readonly auth: number; readonly api: number };
  /**
   * How CodeDeploy moves requests to a new version, by the name of its configuration, such as
   * `CodeDeployDefault.LambdaCanary10Percent5Minutes`:
   * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
   */
  readonly deploymentConfiguration: string;
  /**
   * Execution environments of `auth` that are kept ready: someone waits at a login, and again at each refresh.
   *
   * @default none; the first requests wait for a cold start
   */
  readonly provisionedConcurrency?: ProvisionedConcurrencyRange;
}

export interface EnvironmentApi {
  /** Whether `/docs` shows a page to read and try the API. */
  readonly docsPage: boolean;
  /** Steady rate of the whole API, in requests per second. */
  readonly requestsPerSecond: number;
  /** Requests that may come at once above the steady rate. */
  readonly burst: number;
  /**
   * Requests that one IP address may make in five minutes. Phones on one mobile network share addresses, so this is
   * far above what one phone needs.
   */
  readonly requestsPerAddress: number;
  /** Tighter limits for the routes below `/v1/auth/`. */
  readonly auth: {
    /** Steady rate, in requests per second. A login costs a tenth of a second of work. */
    readonly requestsPerSecond: number;
    /** Requests that may come at once above the steady rate. */
    readonly burst: number;
    /**
     * Requests that one IP address may make in five minutes where passwords are tried: login, registration and change of
     * password. Not renewals of tokens, which a whole mobile network may need at once.
     */
    readonly requestsPerAddress: number;
  };
}

export interface EnvironmentCdn {
  /** The edge locations of CloudFront: `PriceClass_100` is Europe and North America. */
  readonly priceClass: "PriceClass_100" | "PriceClass_200" | "PriceClass_All";
}

/**
 * Instruction set of the functions. The same for all environments, as they share one archive: what was tried in one is
 * what the next one gets.
 */
export const functionArchitecture = "arm64";

/**
 * The repository whose workflows release, as GitHub's tokens name it: with the ids of its owner and of itself, which nobody
 * gets who later takes the names. Those are examples: put yours, as
 * `gh api repos/ecobeat/platform --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'` tells them. A repository that has
 * been there since before July 2026 says so first, in its settings of OpenID Connect:
 * https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
 */
export const gitHubRepository = "ecobeat@111111/platform@222222";

/**
 * The environments in AWS, by name. The account ids are the examples of AWS's documentation, and the Atlas organization is
 * nobody's: put yours. The provider refuses to work with credentials of any other account.
 */
export const environments: Readonly<Record<DeployedEnvironment, Environment>> = {
  staging: {
    name: "staging",
    accountId: "111122223333",
    region: "eu-west-1",
    apiDomain: "api-staging.ecobeat.app",
    corsOrigins: ["https://staging.ecobeat.app"],
    minimumAppVersion: "0.0.0",
    network: {
      cidr: "10.20.0.0/16",
      availabilityZones: ["eu-west-1a", "eu-west-1b"],
      // MongoDB Atlas Flex has no private endpoint. Its nodes listen on these ports:
      // https://www.mongodb.com/docs/atlas/reference/faq/networking/
      nat: { fromPort: 27015, toPort: 27017 },
    },
    cache: { nodeType: "cache.t3.micro", nodes: 1, reservedMemoryPercent: 50 },
    database: { kind: "flex", organizationId: "000000000000000000000000" },
    backup: { everyHours: 4, retentionDays: 30 },
    functions: {
      runtime: "nodejs24.x",
      memoryMb: 512,
      timeoutSeconds: 30,
      // At the API's rates, 2 s for each request of auth and 1 s for others.
      reservedConcurrency: { auth: 20, api: 50 },
      // There are too few requests for a tenth of them to show anything.
      deploymentConfiguration: "CodeDeployDefault.LambdaAllAtOnce",
    },
    api: {
      docsPage: true,
      requestsPerSecond: 50,
      burst: 100,
      requestsPerAddress: 1_000,
      auth: { requestsPerSecond: 10, burst: 20, requestsPerAddress: 100 },
    },
    alerts: {
      emails: ["platform-staging@ecobeat.app"],
      webhookUrl: "https://alerts.ecobeat.app/staging",
    },
    monthlyBudgetUsd: 200,
    logRetentionDays: 30,
    promotedTo: "production",
  },
  production: {
    name: "production",
    accountId: "444455556666",
    region: "eu-west-1",
    apiDomain: "api.ecobeat.app",
    corsOrigins: ["https://ecobeat.app", "https://app.ecobeat.app"],
    minimumAppVersion: "0.0.0",
    network: {
      cidr: "10.10.0.0/16",
      availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    },
    cache: { nodeType: "cache.t3.small", nodes: 2, reservedMemoryPercent: 30 },
    database: {
      kind: "replica-set",
      organizationId: "000000000000000000000000",
      instanceSize: "M10",
      nodes: 3,
      backups: { everyHours: 4, dailyDays: 30, pointInTimeDays: 7, copyRegion: "eu-central-1" },
      // A day more than the service lets record: two clocks never agree.
      archiveAfterDays: 366,
      archiveKeepDays: 5 * 365,
    },
    backup: { everyHours: 4, retentionDays: 30, copyRegion: "eu-central-1" },
    functions: {
      runtime: "nodejs24.x",
      memoryMb: 1024,
      timeoutSeconds: 30,
      // At the API's rates, 1.6 s for each request of auth and half a second for others.
      reservedConcurrency: { auth: 80, api: 250 },
      deploymentConfiguration: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
      provisionedConcurrency: { minimum: 2, maximum: 20, utilizationPercent: 70 },
    },
    api: {
      docsPage: false,
      requestsPerSecond: 500,
      burst: 1_000,
      requestsPerAddress: 2_000,
      auth: { requestsPerSecond: 50, burst: 100, requestsPerAddress: 200 },
    },
    cdn: { priceClass: "PriceClass_100" },
    alerts: {
      emails: ["platform@ecobeat.app"],
      webhookUrl: "https://alerts.ecobeat.app/production",
    },
    monthlyBudgetUsd: 500,
    logRetentionDays: 90,
  },
};
