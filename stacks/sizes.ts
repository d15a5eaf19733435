import type { EnvironmentReplicaSet } from "./environment-database.ts";
import type { EnvironmentSize } from "./environment-sizes.ts";
import type { Environment, EnvironmentCache } from "./environments.ts";

type Functions = Environment["functions"];
type Api = Environment["api"];
type Database = Pick<EnvironmentReplicaSet, "kind" | "instanceSize" | "nodes">;
type SizedFunctions = Pick<
  Functions,
  | "memoryMb"
  | "timeoutSeconds"
  | "reservedConcurrency"
  | "concurrencyQuota"
  | "provisionedConcurrency"
  | "parameterThroughput"
>;

/** The values of an environment that a size sets. */
export interface SizeValues {
  readonly cache: EnvironmentCache;
  readonly database: Database;
  readonly functions: SizedFunctions;
  readonly api: Omit<Api, "docsPage">;
  readonly monthlyBudgetUsd: number;
}

/** Phones on one mobile network share addresses, in small environments as in large ones. */
const requestsPerAddress = 2_000;
const authRequestsPerAddress = 300;

const functions = { memoryMb: 1_024, timeoutSeconds: 30 } as const;

/**
 * Rates of the API are such that the peak of the promise has 70 % of them, where the alarms fire. The reserved concurrency lets
 * requests take several times as long as they do, while a dependency is slow.
 */
export const sizes: Readonly<Record<EnvironmentSize, SizeValues>> = {
  S: {
    cache: { nodeType: "cache.t3.small", nodes: 2, reservedMemoryPercent: 30 },
    database: { kind: "replica-set", instanceSize: "M10", nodes: 3 },
    functions: {
      ...functions,
      reservedConcurrency: { auth: 80, api: 250 },
      provisionedConcurrency: { minimum: 2, maximum: 20, utilizationPercent: 70 },
    },
    api: {
      requestsPerSecond: 1_250,
      burst: 2_000,
      requestsPerAddress,
      auth: { requestsPerSecond: 150, burst: 600, requestsPerAddress: authRequestsPerAddress },
    },
    monthlyBudgetUsd: 400,
  },
  M: {
    cache: { nodeType: "cache.m7g.large", nodes: 2, reservedMemoryPercent: 25 },
    database: { kind: "replica-set", instanceSize: "M50", nodes: 3 },
    functions: {
      ...functions,
      // With the functions that serve no requests, as much as AWS's default quota allows.
      reservedConcurrency: { auth: 200, api: 600 },
      provisionedConcurrency: { minimum: 10, maximum: 100, utilizationPercent: 70 },
      parameterThroughput: "higher",
    },
    api: {
      requestsPerSecond: 6_700,
      burst: 5_000,
      requestsPerAddress,
      auth: { requestsPerSecond: 850, burst: 1_000, requestsPerAddress: authRequestsPerAddress },
    },
    monthlyBudgetUsd: 1_000,
  },
  L: {
    // From four vCPUs on, other threads than Redis's own do TLS and network I/O:
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
    cache: { nodeType: "cache.m7g.xlarge", nodes: 2, reservedMemoryPercent: 25 },
    database: { kind: "replica-set", instanceSize: "M140", nodes: 3 },
    functions: {
      ...functions,
      reservedConcurrency: { auth: 400, api: 1_200 },
      concurrencyQuota: 2_000,
      provisionedConcurrency: { minimum: 20, maximum: 80, utilizationPercent: 70 },
      parameterThroughput: "higher",
    },
    api: {
      requestsPerSecond: 7_000,
      burst: 5_000,
      requestsPerAddress,
      auth: { requestsPerSecond: 800, burst: 2_000, requestsPerAddress: authRequestsPerAddress },
    },
    monthlyBudgetUsd: 4_000,
  },
};

/** Each member can be left out, or be `undefined` if the environment has none of it. */
type Overrides<Values> = { readonly [Name in keyof Values]?: Values[Name] | undefined };

type FlexDatabase = Extract<Environment["database"], { readonly kind: "flex" }>;

/** An environment of a size: its own values, which replace those of the size. */
export interface SizedEnvironment extends Omit<Environment, keyof SizeValues | "size"> {
  readonly size: EnvironmentSize;
  readonly cache?: Overrides<EnvironmentCache>;
  readonly database: FlexDatabase | (Omit<EnvironmentReplicaSet, keyof Database> & Overrides<Database>);
  readonly functions: Omit<Functions, keyof SizedFunctions> & Overrides<SizedFunctions>;
  readonly api: Pick<Api, "docsPage"> &
    Overrides<Omit<SizeValues["api"], "auth">> & { readonly auth?: Overrides<Api["auth"]> };
  readonly monthlyBudgetUsd?: number;
}

/**
 * Completes an environment by the values of its size. Its own values have priority, and `undefined` removes a value of the size.
 *
 * @example
 * export const production = defineEnvironment({ name: "production", size: "M", functions: { memoryMb: 1_769, ... }, ... });
 */
export function defineEnvironment(environment: SizedEnvironment): Environment {
  // The check of the environment names an unknown size. A file without types can have one.
  const { database, ...values }: Partial<SizeValues> = sizes[environment.size] ?? {};
  const isFlex = environment.database?.kind === "flex";
  return merge({ ...values, ...(!isFlex && { database }) }, environment) as Environment;
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function merge(values: unknown, overrides: unknown): unknown {
  if (!isGroup(values) || !isGroup(overrides)) return overrides;
  const merged = new Map(Object.entries(values));
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) merged.delete(name);
    else merged.set(name, merge(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

/** Whether an environment has the value of its size at a path. */
export function hasValueOfSize(environment: Environment | undefined, path: readonly PropertyKey[]): boolean {
  const getMember = (from: unknown) =>
    path.reduce<unknown>((parent, name) => (isGroup(parent) ? parent[String(name)] : undefined), from);
  const value = getMember(new Map<unknown, SizeValues>(Object.entries(sizes)).get(environment?.size));
  return value !== undefined && !isGroup(value) && getMember(environment) === value;
}
