import { coldStart } from "./contract.ts";

/** A figure of the traffic, and where it comes from. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly why: string;
}

/**
 * The requests of apps, of 100. On average an opening of the app causes {@link requestsPerOpening} of them, the first of which is a
 * refresh or a login. The cost estimate and the mixed workload of the benchmarks use the same shares.
 */
export const requestMix = {
  profile: 20,
  list: 25,
  activity: 20,
  summary: 10,
  kinds: 5,
  batch: 10,
  refresh: 9,
  login: 1,
} as const;

/** A kind of request. */
export type RequestKind = keyof typeof requestMix;

export const requestKinds = Object.keys(requestMix) as RequestKind[];

/** The kinds that the function `auth` serves. */
export const authKinds: readonly RequestKind[] = ["refresh", "login"];

/** The share of some kinds in all requests. */
export const getShare = (...kinds: readonly RequestKind[]): number =>
  kinds.reduce((sum, kind) => sum + requestMix[kind], 0) / 100;

/** One opening has one request to `auth`. */
export const requestsPerOpening = 1 / getShare(...authKinds);

/** What an app requests at once after the refresh: its first screen, and the activities that it has queued. */
export const firstScreen: readonly RequestKind[] = ["profile", "list", "summary", "batch"];

/**
 * What each user does, and what it costs the services. Estimates say so: replace them with measured values.
 */
export const traffic = {
  openingsPerMonth: {
    value: 12,
    unit: "a month and monthly user",
    why: "estimate: three a week; measured by the metrics Refreshes and Logins",
  },
  peakFactor: {
    value: 4,
    unit: "times the mean rate of a month",
    why: "estimate: the evening has 10 % of a day in an hour (2.4 times the mean), the busiest day 1.3, the busiest minute 1.3",
  },
  visitSeconds: { value: 60, unit: "s", why: "estimate: the requests after the first screen come within a minute" },
  refreshMilliseconds: { value: 40, unit: "ms", why: "one command of Redis and one signature of KMS" },
  loginMilliseconds: { value: 240, unit: "ms", why: "Argon2id at the CPU share of 1,024 MB, a signature, three calls" },
  apiMilliseconds: { value: 25, unit: "ms", why: "one or two queries, and 2 ms in the service" },
  coldMilliseconds: { value: coldStart.seconds * 1_000, unit: "ms", why: "initialisation, and the first connections" },
  parametersMilliseconds: {
    value: 30_000,
    unit: "ms",
    why: "an environment that serves reads the signing keys again, and the peppers",
  },
  mailsPerMonth: {
    value: 0.1,
    unit: "mails a month and monthly user",
    why: "estimate: 6 of 100 register and get one mail, 2 reset their password and get two; measured by the metric MailsQueued",
  },
  activitiesPerBatch: { value: 2, unit: "activities", why: "what a user records between two openings: 24 a month" },
  retentionMonths: { value: 12, unit: "months", why: "older activities are archived" },
  activityBytes: { value: 262, unit: "bytes", why: "an activity as BSON: ADR 0055" },
  activityDiskBytes: { value: 479, unit: "bytes", why: "files, with indexes and free blocks: ADR 0055" },
  activityIndexBytes: { value: 210, unit: "bytes", why: "indexes in the cache of MongoDB: ADR 0055" },
  activityCacheBytes: { value: 301, unit: "bytes", why: "a document in the cache of MongoDB: ADR 0055" },
  recentShare: { value: 0.1, unit: "of the documents", why: "users read the last month or so: ADR 0055" },
  cacheShare: { value: 0.8, unit: "of MongoDB's cache", why: "above, MongoDB evicts while it serves: ADR 0055" },
  sessionsPerUser: {
    value: 1.5,
    unit: "sessions",
    why: "estimate: some have two devices; unused sessions last 30 days",
  },
  sessionBytes: {
    value: 640,
    unit: "bytes",
    why: "MEMORY USAGE of the two keys of a session in Redis 7.0, mean of 2,000, each rotated once",
  },
  databaseOperations: { value: 1.5, unit: "a request", why: "reads, some of which hit the cache, and writes" },
  connectionsPerEnvironment: {
    value: coldStart.connections,
    unit: "connections",
    why: "to the primary, one of them for monitoring",
  },
} as const satisfies Readonly<Record<string, Figure>>;

/** Parameters that an environment in use reads again, each in a call of its own: the signing keys, and the peppers. */
export const parametersInUse = { auth: 2, api: 1 } as const;

/** Openings of the app after a push message: they rise for a third of the time, and then fall. */
export interface Push {
  /** Share of the monthly users that open the app, above 0 and at most 1. */
  readonly share: number;
  /** Seconds in which they do. */
  readonly seconds: number;
}

/** Who uses the service, and how. */
export interface Scenario {
  /** Monthly users. */
  readonly users: number;
  /** In the peak hour. @default no push message */
  readonly push?: Push | undefined;
}

/** Mean of a month, 730 hours. */
const secondsPerMonth = 730 * 3_600;

/** Openings per second of the peak. */
export const getPeakOpenings = (users: number): number =>
  (users * traffic.openingsPerMonth.value * traffic.peakFactor.value) / secondsPerMonth;

/** A rate that rises from `base` to `base + rise` and falls again, as a triangle. */
export interface Rate {
  /** Requests per second before and after it. */
  readonly base: number;
  /** Requests per second on top of it at the highest. */
  readonly rise: number;
  /** Seconds from its begin to its end. 0 without one. */
  readonly seconds: number;
}

/** Rates of requests to both functions, at the peak and after the push message. */
export function getRates({ users, push }: Scenario): Readonly<Record<"auth" | "api", Rate>> {
  const openings = getPeakOpenings(users);
  const others = requestsPerOpening - 1;
  if (!push) {
    return { auth: { base: openings, rise: 0, seconds: 0 }, api: { base: openings * others, rise: 0, seconds: 0 } };
  }
  const pushed = users * push.share;
  const highest = toHighestRate(pushed, push.seconds);
  // The later requests are spread over a visit: at the highest, over half the time of the openings or the visit.
  const later = ((others - firstScreen.length) * pushed) / Math.max(push.seconds / 2, traffic.visitSeconds.value);
  return {
    auth: { base: openings, rise: highest, seconds: push.seconds },
    api: { base: openings * others, rise: firstScreen.length * highest + later, seconds: push.seconds },
  };
}

/** The highest rate of a number of events that rise and fall as a triangle. */
const toHighestRate = (events: number, seconds: number): number => (2 * events) / seconds;

export const addRates = (one: Rate, other: Rate): Rate => ({
  base: one.base + other.base,
  rise: one.rise + other.rise,
  seconds: one.seconds,
});

/**
 * The steady rate that a token bucket needs for a rate of requests: the part of the triangle above it must fit into the bucket.
 * @param burst size of the bucket, in requests
 */
export function getNeededRate({ base, rise, seconds }: Rate, burst: number): number {
  if (rise === 0) return base;
  // The area above the height r: (rise - r)² / rise * seconds / 2.
  return base + Math.max(rise - Math.sqrt((2 * rise * burst) / seconds), 0);
}

/**
 * Environments that start cold while the rate rises. All requests of the time that a start takes need one of their own, until
 * the first are ready.
 */
export const getColdStarts = ({ rise, seconds }: Rate): number => {
  if (rise === 0) return 0;
  const cold = coldStart.seconds;
  const slope = rise / (seconds / 3);
  return Math.min((slope * cold ** 2) / 2, rise * cold);
};

/** The most requests that are served at the same time, if they are so many on average: three standard deviations more. */
export const toMostBusy = (mean: number): number => mean + 3 * Math.sqrt(mean);

/** Mean duration of a request to a function, in seconds. */
export function getMeanSeconds(role: "auth" | "api"): number {
  if (role === "api") return traffic.apiMilliseconds.value / 1_000;
  const loginShare = getShare("login") / getShare(...authKinds);
  const { refreshMilliseconds: refresh, loginMilliseconds: login } = traffic;
  return ((1 - loginShare) * refresh.value + loginShare * login.value) / 1_000;
}

/** Mails that an opening of the app causes, in the mean. */
const mailsPerOpening = traffic.mailsPerMonth.value / traffic.openingsPerMonth.value;

/** How much more the busiest day has than the mean: see {@link traffic}'s `peakFactor`. */
const busiestDayFactor = 1.3;

/** Mails of the busiest day, with those of the users whom a push message brings. */
export function countMailsOfDay({ users, push }: Scenario): number {
  const mean = (users * traffic.mailsPerMonth.value * 24 * 3_600) / secondsPerMonth;
  return mean * busiestDayFactor + users * (push?.share ?? 0) * mailsPerOpening;
}

/** Mails per second at the highest. */
export function getPeakMails(scenario: Scenario): number {
  const { base, rise } = getRates(scenario).auth;
  return (base + rise) * mailsPerOpening;
}

/** Activities in the database after a year. */
export const countActivities = (users: number): number =>
  users * traffic.openingsPerMonth.value * traffic.activitiesPerBatch.value * traffic.retentionMonths.value;
