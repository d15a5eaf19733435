import * as z from "zod";
import { domain } from "../service/company.ts";
import { cacheNodeTypes } from "./cache-nodes.ts";
import { isPrivateRange } from "./constructs/network/subnet-ranges.ts";
import { database } from "./environment-database.ts";
import { concurrency, functions } from "./environment-functions.ts";
import { environmentSizes } from "./environment-sizes.ts";
import { durationBetween, list, members, positive, text, wholeNumber } from "./schema.ts";
import { euRegions, logRetentionDays, priceClasses } from "./service-values.ts";

const environmentName = text(/^[a-z][a-z0-9]{0,9}$/, "a letter and up to 9 more letters or digits, all in lower case");

/** TCP ports from 1 to 65,535. */
const port = wholeNumber(1, 65_535);
const portRange = members({ fromPort: port, toPort: port }).refine(({ fromPort, toPort }) => fromPort <= toPort, {
  path: ["toPort"],
  message: "at least `fromPort`",
});

export type PortRange = z.infer<typeof portRange>;

const network = members({
  /** Address range of the VPC, at least a /20. */
  cidr: z
    .string()
    .refine(isPrivateRange, "a range of private addresses from /16 to /20 by its first address, such as 10.20.0.0/16"),
  /** Two or three; each gets one private subnet. */
  availabilityZones: list(z.string()).refine(({ length }) => length === 2 || length === 3, "two or three zones"),
  /**
   * A NAT gateway with one fixed address, and the TCP ports that the functions may reach through it.
   *
   * @default the VPC has no route to the internet
   */
  nat: portRange.exactOptional(),
});

const cache = members({
  nodeType: z.enum(cacheNodeTypes),
  /** With more than one, a replica in another zone takes over if the primary fails. */
  nodes: z.literal([1, 2, 3, 4, 5, 6]),
  /** Percentage of a node's memory that is reserved, from 0 to 100: the smaller the node, the more it needs. */
  reservedMemoryPercent: wholeNumber(0, 100),
});

export type EnvironmentCache = z.infer<typeof cache>;

const backup = members({
  /** Hours between two dumps of the database: the recovery point objective of dumps. It divides a day. */
  everyHours: z.literal([1, 2, 3, 4, 6, 8, 12]),
  /** Days for which backups are kept and locked. */
  retentionDays: wholeNumber(1, 36_500),
  /**
   * Another region of the European Union that gets a copy of each backup.
   *
   * @default no copies
   */
  copyRegion: z.enum(euRegions).exactOptional(),
});

export type EnvironmentBackup = z.infer<typeof backup>;

/** Previews of pull requests, which share the network, the database's cluster and the cache of the environment. */
const previews = members({
  /** How many there may be at the same time: each opens connections to the environment's database. */
  maximum: wholeNumber(1, 50),
  /** Days after its last deployment after which a preview is destroyed. */
  days: wholeNumber(1, 30),
  /** Maximum concurrency of the functions of each preview. */
  reservedConcurrency: members({ auth: concurrency, api: concurrency }),
});

export type EnvironmentPreviews = z.infer<typeof previews>;

const api = members({
  /** Whether `/docs` serves interactive documentation of the API. */
  docsPage: z.boolean(),
  /** Steady rate of the whole API, in requests per second. */
  requestsPerSecond: positive,
  /** Requests above the steady rate that may arrive at the same time. */
  burst: concurrency,
  /**
   * Requests that one IP address may make in five minutes. Phones on one mobile network share addresses, so this is
   * far above what one phone needs.
   */
  requestsPerAddress: wholeNumber(10, 2_000_000_000),
  /** Tighter limits for logins and refreshes, the routes below `/v1/auth/` and those of further versions, and for the pages of links. */
  auth: members({
    /** Steady rate, in requests per second. A login costs a tenth of a second of CPU time. */
    requestsPerSecond: positive,
    /** Requests above the steady rate that may arrive at the same time. */
    burst: concurrency,
    /**
     * Requests that one IP address may make in five minutes to the routes that check passwords or tell of accounts: login, registration,
     * changes and resets. Not to refresh, which a whole mobile network may need at the same time. At least 300: the service itself allows
     * an address 100 failed logins, 100 registrations, 50 requests for a reset and 50 invalid links, and explains its refusals.
     */
    requestsPerAddress: wholeNumber(300, 2_000_000_000),
  }),
}).superRefine(({ auth, ...overall }, context) => {
  for (const name of ["requestsPerSecond", "burst", "requestsPerAddress"] as const) {
    if (auth[name] < overall[name]) continue;
    context.addIssue({
      code: "custom",
      path: ["auth", name],
      message: `below that of the whole API, ${overall[name]}`,
    });
  }
});

/** The app that phones open instead of the pages of `apiDomain` that mails link to. Its package on Android is in `service/company.ts`. */
const app = members({
  /** Team id and bundle id of each app on Apple's devices, from Apple's developer account. */
  appleAppIds: list(
    // https://developer.apple.com/documentation/xcode/supporting-associated-domains
    text(/^[A-Z0-9]{10}(\.[A-Za-z0-9-]+)+$/, "the team id and the bundle id, such as A1B2C3D4E5.app.example"),
  ),
  /**
   * SHA-256 fingerprints of the certificates that sign the app on Android: of the app signing key in the Play Console, not of the
   * upload key.
   */
  androidCertificates: list(
    // https://developer.android.com/training/app-links/configure-assetlinks
    text(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/, "32 bytes in upper-case hexadecimal digits with colons between them"),
  ),
}).refine(({ appleAppIds, androidCertificates }) => appleAppIds.length + androidCertificates.length > 0, {
  path: ["appleAppIds"],
  message: "at least one app or certificate, or leave `app` out: without both, no phone opens a link in the app",
});

const cdn = members({ priceClass: z.enum(priceClasses) });

export type EnvironmentCdn = z.infer<typeof cdn>;

/** Who is notified of alarms and alerts: at least one e-mail address or webhook. */
const alerts = members({
  /** E-mail addresses. Amazon SNS sends each a request to confirm the subscription, and nothing before that. */
  emails: list(text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address, such as name@example.com")).refine(
    // https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html
    ({ length }) => length <= 10,
    "at most ten addresses, the maximum of AWS Budgets: use a mailing list",
  ),
  /**
   * An https URL that accepts messages of Amazon SNS and of Atlas, such as that of an on-call service. Plans and state
   * contain it, so it must not be a secret.
   *
   * @default e-mail only
   */
  webhookUrl: z
    .string()
    .refine((url) => {
      const { protocol, username, password } = URL.parse(url) ?? {};
      return protocol === "https:" && !username && !password;
    }, "an https URL without credentials, such as https://alerts.example.com/path")
    .exactOptional(),
}).refine(({ emails, webhookUrl }) => emails.length > 0 || webhookUrl, {
  path: ["emails"],
  message: "at least one address, or give a `webhookUrl`: no one would notice an alarm",
});

export type AlertRecipients = z.infer<typeof alerts>;

/**
 * A percentage of requests. Below 95, no outage would exceed 14.4 times the rate at which the budget may be spent. Above 99.999, it
 * allows 26 seconds of a month, less than a period of the metrics.
 */
const objective = z.number().refine((percent) => percent >= 95 && percent <= 99.999, "a percentage from 95 to 99.999");

const slo = members({
  /** Percentage of requests that must not fail: with 5xx, or with 429 because the API as a whole is at its rate limit. */
  availability: objective,
  /** Duration above which a request is slow, as API Gateway measures it, such as `1 s` or `800 ms`. */
  slow: durationBetween("50 ms", "20 s"),
  /**
   * Percentage of requests that must not be slow. A cold start may be, so it is below the availability.
   *
   * @default 99
   */
  fast: objective.exactOptional(),
});

export type ServiceLevelObjectives = z.infer<typeof slo>;

/** The configuration of an environment: its members, their types and ranges, and what depends on other members alone. */
export const environmentSchema = members({
  /** Part of every name and of every tag. */
  name: environmentName,
  /** The only AWS account that the stacks may change: the provider rejects every other. */
  accountId: text(/^\d{12}$/, "twelve digits, as text with leading zeros and without hyphens"),
  region: z.enum(euRegions),
  /** Public domain name of the API; the environment has a DNS zone of this name. */
  apiDomain: text(
    // ACM's limit: https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    /^(?=.{1,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    `a host name of up to 64 characters without scheme, port or path, such as api.${domain}`,
  ),
  /** Origins whose pages may call the API from a browser: without one, the functions do not start. */
  corsOrigins: list(
    // Over http, anyone on the network path could change the page that calls the API.
    z
      .string()
      .refine(
        (origin) => origin.startsWith("https://") && URL.canParse(origin) && new URL(origin).origin === origin,
        `such as https://app.${domain}: browsers send scheme and host alone, and only https is safe`,
      ),
  ).refine((origins) => origins.length > 0, `at least one origin, such as https://app.${domain}`),
  /** The oldest supported version of the app, such as `1.4.0`; `0.0.0` supports all. Older versions ask for an update. */
  minimumAppVersion: text(
    /^(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}$/,
    "three numbers with dots between them, such as 1.4.0, or 0.0.0 to serve all versions",
  ),
  /** @default links of mails open in browsers alone */
  app: app.exactOptional(),
  /**
   * How many monthly users it serves, for which `defineEnvironment` completes it.
   *
   * @default its file has all values
   */
  size: z.enum(environmentSizes).exactOptional(),
  network,
  cache,
  database,
  backup,
  functions,
  api,
  /** @default clients reach the API without a CDN */
  cdn: cdn.exactOptional(),
  /** Notified by alarms of AWS and alerts of Atlas. */
  alerts,
  /** Service level objectives over 30 days. Pages follow from how fast their error budgets are spent. */
  slo,
  /** Monthly budget of the AWS account in US dollars; Atlas bills separately. */
  monthlyBudgetUsd: positive,
  /** Retention of all logs. */
  logRetentionDays: z.literal(logRetentionDays),
  /**
   * The environment that promotes this one's releases, and may therefore read what is deployed here.
   *
   * @default none
   */
  promotedTo: environmentName.exactOptional(),
  /**
   * Whether pull requests may have previews in the environment's account. Only one environment may have them.
   *
   * @default no previews
   */
  previews: previews.exactOptional(),
  /**
   * Whether `npm run ops -- drill --environment` may destroy its database and restore it from a backup.
   *
   * @default false
   */
  drillable: z.boolean().exactOptional(),
  /**
   * Whether the runs of its `foundation` are local, with your own credentials: until its first deployment, which creates the roles that
   * remote runs assume. Remove it after that, and deploy `ecobeat-hcp-terraform`.
   *
   * @default false
   */
  localFoundation: z.boolean().exactOptional(),
}).superRefine(({ region, network, database, backup }, context) => {
  const addIssue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
  for (const [index, zone] of network.availabilityZones.entries()) {
    // Each of these regions has three: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
    const zones = ["a", "b", "c"].map((letter) => `${region}${letter}`);
    if (!zones.includes(zone)) addIssue(["network", "availabilityZones", index], `one of ${zones.join(", ")}`);
  }
  if (backup.copyRegion === region) addIssue(["backup", "copyRegion"], "another region than `region`");
  if (database.kind === "flex" && !network.nat)
    addIssue(["network", "nat"], "a Flex cluster has no private endpoint, so the functions cannot reach it");
  if (database.kind === "replica-set" && database.backups.copyRegion === region)
    addIssue(["database", "backups", "copyRegion"], "another region than `region`");
});

/** The configuration of an environment. Stacks read only these values: no stack checks which environment it is in. */
export type Environment = z.infer<typeof environmentSchema>;

/** Days for which CloudWatch Logs can keep a log. */
export type LogRetentionDays = Environment["logRetentionDays"];

/** Whether Atlas exports snapshots of an environment's database to a bucket of its account. */
export const exportsSnapshots = ({ database }: Pick<Environment, "database">): boolean =>
  database.kind === "replica-set" && database.backups.exportFrequency !== undefined;
