import type { Section } from "./report.ts";

/** Options of the command, for the benchmarks that take them. */
export interface BenchmarkOptions {
  /** How long a workload runs. @default that of the benchmark */
  minutes?: number;
  /** Concurrent requests, one number after the other. */
  concurrency: readonly number[];
  /** How many documents are backed up. @default 1,000,000 */
  documents?: number;
}

/** A benchmark, by its name in the command line. */
export interface Benchmark {
  /** What it compares. */
  description: string;
  measure(options: BenchmarkOptions): Promise<Section> | AsyncIterable<Section>;
  /** Variables of the services that it needs. @default none */
  services?: readonly string[];
  /** Whether it takes many minutes, so that it runs only if it is named. @default false */
  isLong?: boolean;
}

const allServices = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"];

/** All benchmarks, in the order in which they run. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  archive: {
    description: "The size of the archive, and how much of it a cold start loads.",
    measure: async () => (await import("./archive-size.ts")).measureArchiveSize(),
  },
  review: {
    description: "The time of `ops review` for a plan that changes 5,000 resources.",
    measure: async () => (await import("./plan-review.ts")).measurePlanReview(),
  },
  synthesis: {
    description:
      "`npm run synth`, with the archives of the last one and with archives that it builds; a CDKTF app of one stack with one " +
      "resource; `ops --help` and an empty program. Each in a process of its own, taking turns.",
    measure: async () => (await import("./synthesis.ts")).measureSynthesis(),
  },
  "cold-start": {
    description:
      "A new process, from the start of `require` to the first response of `/health/live`: the function; an empty Express app " +
      "behind the same adapter, with and without metrics and tracing; the function in one file that loads everything at the start.",
    measure: async () => (await import("./cold-start.ts")).measureColdStart(),
  },
  "first-login": {
    description:
      "A new process, from its start to the response of its first login: the function, and a handler written by hand with the same " +
      "clients, calls and parameters of Argon2; cold, and with provisioned concurrency after its initialization, at full CPU speed and " +
      "with as much as a function with 1,024 MB gets.",
    services: allServices,
    measure: async () => (await import("./first-login.ts")).measureFirstLogin(),
  },
  "warm-read": {
    description:
      "`GET /v1/users/me` with a cached token and profile: Express in the Lambda handler; hono, fastify and lambda-api with their " +
      "adapters, and no framework, which call the same functions of the service. Each in a process of its own, taking turns.",
    measure: async () => (await import("./warm-request.ts")).measureWarmRequest(),
  },
  "local-server": {
    description:
      "The server of `npm start`, without a log: `GET /v1/users/me` over 32 connections that stay open, and Fastify with the same " +
      "backends and the same work; also with `MONGODB_URI` and `REDIS_URL`.",
    measure: async function* () {
      const { measureLocalServer } = await import("./local-server.ts");
      yield await measureLocalServer();
      const { MONGODB_URI, REDIS_URL } = process.env;
      if (MONGODB_URI && REDIS_URL) yield await measureLocalServer({ MONGODB_URI, REDIS_URL });
    },
  },
  observability: {
    description:
      "A read and a refresh with metrics, in a sampled trace, and with neither; in one process, taking turns.",
    measure: async () => (await import("./observability.ts")).measureObservability(),
  },
  login: {
    description:
      "The whole request, and one `argon2.verify` followed by one signature; with `AWS_ENDPOINT_URL` also with that KMS.",
    measure: async function* () {
      const { measureLogin } = await import("./login.ts");
      yield await measureLogin("a key in the same process");
      if (aws.AWS_ENDPOINT_URL) yield await measureLogin("a key of KMS", aws);
    },
  },
  "rejected-login": {
    description:
      "A wrong password, also for an account whose hash has outdated parameters, and an unknown account, by ranks: whether the " +
      "response time reveals who has an account.",
    measure: async () => (await import("./login-timing.ts")).measureLoginTiming(),
  },
  activities: {
    description:
      "Lists and the summary of a month for a user with 100,000 activities, and for one with 1,000; in one database, taking turns.",
    services: allServices,
    measure: async () => (await import("./activities.ts")).measureActivities(),
  },
  load: {
    description:
      "The local server under the mixed workload, at one concurrency after the other, which share the minutes " +
      "(`--minutes 1 --concurrency 1,8,32`).",
    services: allServices,
    measure: async function* ({ minutes = 1, concurrency }) {
      yield* (await import("./load.ts")).measureLoad(minutes, concurrency);
    },
  },
  soak: {
    description:
      "The mixed workload at 8 requests at a time, after a warm-up of 2 minutes, and the heap after each half minute " +
      "(`--minutes 30`).",
    services: allServices,
    isLong: true,
    measure: async ({ minutes = 30 }) => (await import("./load/soak.ts")).measureSoak(minutes),
  },
  backup: {
    description:
      "`backup create` and `restore` of small documents, beside mongodump and mongorestore where they are on the `PATH`, a cursor that " +
      "reads them, and `insertMany`; the maximum memory of both commands (`--documents 1000000`).",
    services: ["MONGODB_URI"],
    isLong: true,
    measure: async ({ documents = 1_000_000 }) =>
      (await import("./backup.ts")).measureBackup(process.env.MONGODB_URI!, documents),
  },
  recovery: {
    description:
      "The drill `database-lost` at three sizes of the database, and the time to read a collection in the order in which a dump can " +
      "resume.",
    services: allServices,
    isLong: true,
    measure: async function* () {
      yield* (await import("./recovery.ts")).measureRecovery();
    },
  },
};

/** The variables of services that a benchmark needs and that are not set. */
export const findMissingServices = ({ services = [] }: Benchmark): string[] =>
  services.filter((name) => !process.env[name]);

/** The variables that the AWS SDK needs to reach the KMS of this process's environment. */
const aws = Object.fromEntries(
  ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].flatMap((name) =>
    process.env[name] ? [[name, process.env[name]]] : [],
  ),
) as Record<string, string>;
