import type { PriceName } from "./prices.ts";

/** Something that nobody has measured yet, and that the estimate depends on. */
export interface Assumption {
  readonly value: number;
  readonly unit: string;
  readonly why: string;
}

/** What a request does to the bill. Printed with each estimate; measure, and put the measured value here. */
export const assumptions = {
  authShare: {
    value: 0.05,
    unit: "of all requests",
    why: "an access token lasts 15 minutes, in which the app asks for some twenty things; then it is renewed",
  },
  authMilliseconds: {
    value: 60,
    unit: "ms",
    why: "nine in ten are refreshes (a signature and Redis, 40 ms), one is a login (Argon2id, 240 ms)",
  },
  apiMilliseconds: { value: 25, unit: "ms", why: "one or two queries beside 2 ms of the service's own" },
  coldShare: {
    value: 0.005,
    unit: "of all requests",
    why: "an environment serves some hundred before it goes",
  },
  coldMilliseconds: { value: 700, unit: "ms", why: "start, and the first connections" },
  responseBytes: {
    value: 1_500,
    unit: "bytes",
    why: "JSON of a profile or a page of activities, with headers",
  },
  cachedShare: {
    value: 0.02,
    unit: "of all requests",
    why: "only public files and the public keys may be kept by the CDN",
  },
  functionLogBytes: { value: 1_300, unit: "bytes a request", why: "one line of ours, two of Lambda's" },
  accessLogBytes: { value: 600, unit: "bytes a request", why: "one line of API Gateway or CloudFront" },
  wafLogBytes: { value: 1_800, unit: "bytes a blocked request", why: "one line of the WAF log" },
  blockedShare: {
    value: 0.01,
    unit: "of all requests",
    why: "WAF logs only what it blocks or counts",
  },
  flowLogBytes: {
    value: 60,
    unit: "bytes a request",
    why: "connections are kept, so a line stands for many",
  },
  flowLogIdleGb: { value: 0.3, unit: "GB a month", why: "what interfaces say when nothing happens" },
  logCompression: { value: 0.15, unit: "of what was taken in", why: "CloudWatch keeps logs compressed" },
  tracedShare: { value: 0.05, unit: "of requests beyond one a second", why: "X-Ray's default sampling" },
  databaseOperations: {
    value: 1.5,
    unit: "a request",
    why: "reads, of which some find the cache, and writes",
  },
  databaseBytes: { value: 4_000, unit: "bytes a request", why: "queries and documents, both ways" },
  signatureBytes: {
    value: 4_000,
    unit: "bytes a signature",
    why: "a call of KMS, both ways, with its headers",
  },
  writtenShare: { value: 0.1, unit: "of all requests", why: "activities come in batches, the rest is read" },
  writtenBytes: { value: 300, unit: "bytes a write", why: "an activity with its part of the indexes" },
  keptMonths: { value: 12, unit: "months", why: "older activities are archived" },
  baseGb: { value: 0.1, unit: "GB", why: "users, and what is there before anyone comes" },
  diskShare: { value: 0.6, unit: "of the data", why: "MongoDB keeps it compressed" },
  dumpShare: { value: 0.15, unit: "of the data", why: "dumps are packed by gzip" },
  dumpMegabytesPerSecond: {
    value: 5.9,
    unit: "MB/s",
    why: "measured on two busy processors: docs/backups.md",
  },
  restoreTestMegabytesPerSecond: {
    value: 4.4,
    unit: "MB/s",
    why: "the same, for a dump that is read and restored",
  },
  restoreTests: { value: 8.7, unit: "a month", why: "twice a week" },
  snapshotShare: { value: 2, unit: "of the disk", why: "snapshots keep what changed since the one before" },
  assetsGb: { value: 1, unit: "GB", why: "static files" },
  natIdleGb: { value: 1, unit: "GB a month", why: "heartbeats of the driver" },
  keyRequests: { value: 20_000, unit: "a month and key", why: "services keep data keys for minutes" },
} as const satisfies Readonly<Record<string, Assumption>>;

export type AssumptionName = keyof typeof assumptions;

/** Size of the database. */
const data = ["writtenShare", "writtenBytes", "keptMonths", "baseGb"] as const;

/** Calls of the functions, and of what they call. */
const calls = ["cachedShare", "authShare"] as const;

const durations = ["authMilliseconds", "apiMilliseconds", "coldShare", "coldMilliseconds"] as const;
const backups = ["dumpMegabytesPerSecond", "restoreTestMegabytesPerSecond", "restoreTests"] as const;
const work = [...calls, ...durations, ...backups, ...data];

const lines = ["functionLogBytes", "accessLogBytes", "wafLogBytes", "blockedShare"] as const;
const logged = [...calls, ...lines, "flowLogBytes", "flowLogIdleGb"] as const;

/** What the quantity that is charged at a price rests on, besides the load. Of other prices the stacks say how many units. */
const assumed: Readonly<Partial<Record<PriceName, readonly AssumptionName[]>>> = {
  lambdaRequests: [...calls, "restoreTests"],
  lambdaCompute: work,
  lambdaReady: work,
  lambdaReadyCompute: work,
  apiRequests: ["cachedShare"],
  trafficOut: ["responseBytes"],
  traces: ["tracedShare"],
  wafRequests: ["cachedShare"],
  edgeTraffic: ["responseBytes"],
  edgeFunctions: ["cachedShare"],
  logTaken: logged,
  logTakenUsEast1: logged,
  logKept: [...logged, "logCompression"],
  logMasked: logged,
  natTraffic: ["cachedShare", "databaseBytes", "natIdleGb"],
  endpointTraffic: [...calls, "databaseBytes", "signatureBytes"],
  keyRequests: [...calls, "keyRequests"],
  storage: [...data, "dumpShare", "assetsGb"],
  storageCopy: [...data, "dumpShare"],
  atlasDisk: [...data, "diskShare"],
  atlasSnapshots: [...data, "diskShare", "snapshotShare"],
  flexHours: ["databaseOperations"],
  flexHours200: ["databaseOperations"],
  flexHours300: ["databaseOperations"],
  flexHours400: ["databaseOperations"],
  flexHours500: ["databaseOperations"],
};

/** What the quantities that are charged at these prices rest on. */
export const getAssumptions = (names: readonly PriceName[]): AssumptionName[] => [
  ...new Set(names.flatMap((name) => assumed[name] ?? [])),
];

export const hoursPerMonth = 730;

export const secondsPerMonth = hoursPerMonth * 3_600;

/** What a load makes of a month. */
export interface Usage {
  readonly requestsPerSecond: number;
  /** Requests that clients make. */
  readonly requests: number;
  /** Those that the API answers: all but what the CDN has. */
  readonly apiRequests: number;
  /** Calls of each function. */
  readonly calls: { readonly auth: number; readonly api: number };
  readonly traces: number;
  /** Data in the database, in GB, a year on. */
  readonly dataGb: number;
  /** Dumps of the database. */
  readonly dumps: number;
}

/** What of the stacks the use of everything depends on. */
export interface UsageInputs {
  /** Whether a CDN answers some of the requests itself. */
  readonly hasCdn: boolean;
  /** Hours from one dump of the database to the next. */
  readonly dumpEveryHours: number;
}

export function computeUsage(requestsPerSecond: number, { hasCdn, dumpEveryHours }: UsageInputs): Usage {
  const { authShare, cachedShare, tracedShare, writtenShare, writtenBytes, keptMonths, baseGb } = assumptions;
  const requests = requestsPerSecond * secondsPerMonth;
  const apiRequests = hasCdn ? requests * (1 - cachedShare.value) : requests;
  const traced = Math.min(requestsPerSecond, 1) + Math.max(requestsPerSecond - 1, 0) * tracedShare.value;
  return {
    requestsPerSecond,
    requests,
    apiRequests,
    calls: { auth: apiRequests * authShare.value, api: apiRequests * (1 - authShare.value) },
    traces: traced * secondsPerMonth,
    dataGb: baseGb.value + toGb(requests * writtenShare.value * writtenBytes.value * keptMonths.value),
    dumps: hoursPerMonth / dumpEveryHours,
  };
}

export const toGb = (bytes: number): number => bytes / 1e9;

/** GB-seconds of one execution environment that is there for the whole month. */
export const computeMonthlyGbSeconds = (memoryMb: number): number => (memoryMb / 1_024) * secondsPerMonth;
