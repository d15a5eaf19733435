import { parameters } from "../../service/contract.ts";
import { megabytesPerSecond } from "../backup/contract.ts";
import {
  authKinds,
  type Figure,
  getMeanSeconds,
  getShare,
  parametersInUse,
  requestsPerOpening,
  toMostBusy,
  traffic,
} from "../capacity/traffic-model.ts";

/** The effect of a request on the bill. Each estimate prints them. Replace them with measured values, here and in the traffic model. */
export const assumptions = {
  authShare: {
    value: getShare(...authKinds),
    unit: "of all requests",
    why: "a refresh or a login at each opening of the app",
  },
  authMilliseconds: {
    value: Math.round(getMeanSeconds("auth") * 1_000),
    unit: "ms",
    why: "90 % are refreshes of 40 ms, 10 % are logins of 240 ms (Argon2id)",
  },
  apiMilliseconds: traffic.apiMilliseconds,
  coldShare: { value: 0.005, unit: "of all requests", why: "an execution environment serves a few hundred requests" },
  coldMilliseconds: traffic.coldMilliseconds,
  responseBytes: { value: 1_500, unit: "bytes", why: "JSON of a profile or a page of activities, with headers" },
  cachedShare: { value: 0.02, unit: "of all requests", why: "the CDN caches only public files and the public keys" },
  functionLogBytes: { value: 1_300, unit: "bytes a request", why: "one line of the service, two of Lambda" },
  accessLogBytes: { value: 600, unit: "bytes a request", why: "one line of API Gateway or CloudFront" },
  wafLogBytes: { value: 1_800, unit: "bytes a blocked request", why: "one line of the WAF log" },
  blockedShare: { value: 0.01, unit: "of all requests", why: "WAF logs only what it blocks or counts" },
  flowLogBytes: { value: 60, unit: "bytes a request", why: "connections are reused, so a line covers many requests" },
  flowLogIdleGb: { value: 0.3, unit: "GB a month", why: "records of idle network interfaces" },
  logCompression: { value: 0.15, unit: "of the ingested bytes", why: "CloudWatch stores logs compressed" },
  tracedShare: { value: 0.05, unit: "of requests beyond one a second", why: "X-Ray's default sampling" },
  mailShare: {
    // In two digits, as estimates are printed.
    value: Number((traffic.mailsPerMonth.value / (traffic.openingsPerMonth.value * requestsPerOpening)).toPrecision(2)),
    unit: "of all requests",
    why: "a mail queued by each registration, two by each reset",
  },
  mailPolls: {
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    value: 5 * 3,
    unit: "a minute",
    why: "Lambda waits for messages in five calls of 20 s",
  },
  databaseOperations: traffic.databaseOperations,
  databaseBytes: { value: 4_000, unit: "bytes a request", why: "queries and documents, in both directions" },
  signatureBytes: { value: 4_000, unit: "bytes a signature", why: "a call to KMS, in both directions, with headers" },
  writtenShare: {
    value: getShare("batch") * traffic.activitiesPerBatch.value,
    unit: "of all requests",
    why: "a batch of two activities at each opening, the rest are reads",
  },
  writtenBytes: traffic.activityBytes,
  retentionMonths: traffic.retentionMonths,
  baseGb: { value: 0.1, unit: "GB", why: "users, and the initial data" },
  diskShare: {
    // In two digits, as estimates are printed.
    value: Math.round((100 * traffic.activityDiskBytes.value) / traffic.activityBytes.value) / 100,
    unit: "of the data",
    why: "479 bytes of files an activity, with indexes and free blocks: ADR 0055",
  },
  dumpShare: { value: 0.19, unit: "of the data", why: "51 bytes an activity, compressed by gzip: ADR 0055" },
  dumpMegabytesPerSecond: {
    value: megabytesPerSecond.dump,
    unit: "MB/s",
    why: "measured on two busy CPUs: docs/backups.md",
  },
  restoreTestMegabytesPerSecond: {
    value: megabytesPerSecond.restoreTest,
    unit: "MB/s",
    why: "the same, for reading and restoring a dump",
  },
  restoreTests: { value: 8.7, unit: "a month", why: "twice a week" },
  snapshotShare: { value: 2, unit: "of the disk", why: "a snapshot stores the changes since the previous one" },
  assetsGb: { value: 1, unit: "GB", why: "static files" },
  natIdleGb: { value: 1, unit: "GB a month", why: "heartbeats of the driver" },
  keyRequests: { value: 20_000, unit: "a month and key", why: "services cache data keys for minutes" },
} as const satisfies Readonly<Record<string, Figure>>;

export type AssumptionName = keyof typeof assumptions;

export const hoursPerMonth = 730;

export const secondsPerMonth = hoursPerMonth * 3_600;

/** The properties of the stacks that determine the usage of all resources. */
export interface UsageInputs {
  /** Whether a CDN serves a part of the requests. */
  readonly hasCdn: boolean;
  /** Hours between two dumps of the database. */
  readonly dumpEveryHours: number;
}

/** The monthly usage at a request rate. Records the assumptions that a pricing rule uses. */
export class Usage {
  readonly requestsPerSecond: number;
  readonly assumptions = new Set<AssumptionName>();
  readonly inputs: UsageInputs;

  constructor(requestsPerSecond: number, inputs: UsageInputs) {
    this.requestsPerSecond = requestsPerSecond;
    this.inputs = inputs;
  }

  assume(name: AssumptionName): number {
    this.assumptions.add(name);
    return assumptions[name].value;
  }

  /** Requests of clients. */
  get requests(): number {
    return this.requestsPerSecond * secondsPerMonth;
  }

  /** Requests that the CDN does not serve. */
  get apiRequests(): number {
    return this.inputs.hasCdn ? this.requests * (1 - this.assume("cachedShare")) : this.requests;
  }

  /** Invocations of a function that serves requests. */
  countCalls(role: "auth" | "api"): number {
    const share = this.assume("authShare");
    return this.apiRequests * (role === "auth" ? share : 1 - share);
  }

  /** Parameters that the functions read: all at a cold start, and {@link parametersInUse} again. */
  get parameterReads(): number {
    const atColdStarts = this.apiRequests * this.assume("coldShare") * Object.keys(parameters).length;
    const again = (["auth", "api"] as const).map((role) => {
      const busy = (this.countCalls(role) / secondsPerMonth) * (this.assume(`${role}Milliseconds`) / 1_000);
      const times = (secondsPerMonth * 1_000) / traffic.parametersMilliseconds.value;
      return parametersInUse[role] * toMostBusy(busy) * times;
    });
    return again.reduce((sum, reads) => sum + reads, atColdStarts);
  }

  get traces(): number {
    const beyondFirst = Math.max(this.requestsPerSecond - 1, 0) * this.assume("tracedShare");
    return (Math.min(this.requestsPerSecond, 1) + beyondFirst) * secondsPerMonth;
  }

  /** Data in the database after a year. */
  get dataGb(): number {
    const bytes = this.requests * this.assume("writtenShare") * this.assume("writtenBytes");
    return this.assume("baseGb") + toGb(bytes * this.assume("retentionMonths"));
  }

  /** Mails that are sent. */
  get mails(): number {
    return this.requests * this.assume("mailShare");
  }

  /** Bytes between functions and database. */
  get databaseTrafficGb(): number {
    return toGb(this.apiRequests * this.assume("databaseBytes"));
  }

  /** Dumps of the database. */
  get dumps(): number {
    return hoursPerMonth / this.inputs.dumpEveryHours;
  }
}

export const toGb = (bytes: number): number => bytes / 1e9;
