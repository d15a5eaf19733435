import { functionArchitecture } from "../../stacks/environments/shared.ts";
import { prices } from "../cost/prices.ts";
import { quantile } from "./statistics.ts";

/** What Lambda says of one invocation. */
export interface Invocation {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  /** The most that the execution environment has used so far. */
  readonly usedMb: number;
  /** How long the cold start took, or the restore of a snapshot. @default the environment was warm */
  readonly initMs?: number;
  readonly failed: boolean;
}

/** An invocation, and what it answered. */
export interface Sample {
  /** Method and route, such as `GET /v1/users/me`. */
  readonly group: string;
  readonly invocation: Invocation;
}

/** What a route group took at one memory size. Durations are those of warm invocations. */
export interface MeasuredSize {
  readonly memoryMb: number;
  /** Warm invocations. */
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Mean. */
  readonly billedMs: number;
  readonly coldStarts: number;
  /** Median. @default no cold start was seen */
  readonly initMs?: number;
  readonly maxUsedMb: number;
  readonly failures: number;
  /** US dollars for a million warm requests. */
  readonly usdPerMillion: number;
}

/** All sizes of a route group, the smallest first. */
export interface MeasuredGroup {
  readonly group: string;
  readonly sizes: readonly MeasuredSize[];
  readonly recommendation: Recommendation;
}

/** A size and why, or why none. */
export interface Recommendation {
  /** @default none can be recommended */
  readonly memoryMb?: number;
  readonly reason: string;
}

/** With fewer, a 95th percentile hangs on one or two requests. */
export const minRequests = 50;
/** A size may be so much slower than the fastest before its price is not worth it. */
const maxSlowdown = 1.1;
/** The alarm on a function's memory rings above this share of it. */
const maxMemoryShare = 0.8;

/** The price of what computes, on either instruction set. */
const computePrices = { arm64: prices.lambdaCompute, x64: prices.lambdaComputeX64 } as const;

/**
 * US dollars of Lambda for a million requests, without what the free tier gives and without provisioned concurrency.
 * @param billedMs of one of them
 */
export const computeUsdPerMillion = (
  memoryMb: number,
  billedMs: number,
  architecture: keyof typeof computePrices = functionArchitecture,
): number =>
  prices.lambdaRequests.usd +
  (memoryMb / 1_024) * (billedMs / 1_000) * 1_000_000 * computePrices[architecture].usd;

/** Sorts invocations by route group and memory size, and recommends a size for each group. */
export const summarize = (samples: readonly Sample[]): MeasuredGroup[] =>
  summarizeBy(
    samples.map(({ group, invocation }) => ({ group, memoryMb: invocation.memoryMb, invocation })),
    (memoryMb, same) =>
      toMeasuredSize(
        memoryMb,
        same.map(({ invocation }) => invocation),
      ),
  );

/** Sorts items by group and memory size, and recommends a size for each group. */
export const summarizeBy = <T extends { readonly group: string; readonly memoryMb: number }>(
  items: readonly T[],
  toSize: (memoryMb: number, same: readonly T[]) => MeasuredSize,
): MeasuredGroup[] =>
  [...by(items, ({ group }) => group)].map(([group, own]) => {
    const sizes = [...by(own, ({ memoryMb }) => memoryMb)]
      .sort(([one], [other]) => one - other)
      .map(([memoryMb, same]) => toSize(memoryMb, same));
    return { group, sizes, recommendation: recommend(sizes) };
  });

function toMeasuredSize(memoryMb: number, invocations: readonly Invocation[]): MeasuredSize {
  const inits = invocations.flatMap(({ initMs }) => initMs ?? []);
  const warm = invocations.filter(({ initMs }) => initMs === undefined);
  const durations = warm.map(({ durationMs }) => durationMs);
  const share = (part: number): number => quantile(durations, part) ?? Number.NaN;
  const billedMs = warm.reduce((sum, each) => sum + each.billedMs, 0) / warm.length;
  return {
    memoryMb,
    requests: warm.length,
    p50Ms: share(0.5),
    p95Ms: share(0.95),
    p99Ms: share(0.99),
    billedMs,
    coldStarts: inits.length,
    ...(inits.length > 0 && { initMs: quantile(inits, 0.5) }),
    maxUsedMb: Math.max(...invocations.map(({ usedMb }) => usedMb)),
    failures: invocations.filter(({ failed }) => failed).length,
    usdPerMillion: computeUsdPerMillion(memoryMb, billedMs),
  };
}

/**
 * Of the sizes with enough requests and with a fifth of their memory free, the cheapest whose 95th percentile is within 10 % of
 * the fastest. Nothing is recommended from failures, or without two sizes to compare.
 */
export function recommend(sizes: readonly MeasuredSize[]): Recommendation {
  const failed = sizes.filter(({ failures }) => failures > 0);
  if (failed.length > 0) {
    return {
      reason: `none: requests failed at ${formatSizes(failed)}. Correct what fails and measure again.`,
    };
  }
  const known = sizes.filter(({ requests }) => requests >= minRequests);
  if (known.length < 2) {
    return { reason: `none: it takes ${minRequests} warm requests at each of two sizes or more.` };
  }
  const roomy = known.filter(({ memoryMb, maxUsedMb }) => maxUsedMb < memoryMb * maxMemoryShare);
  const fastest = Math.min(...roomy.map(({ p95Ms }) => p95Ms));
  const [best] = roomy
    .filter(({ p95Ms }) => p95Ms <= fastest * maxSlowdown)
    .sort((one, other) => one.usdPerMillion - other.usdPerMillion);
  if (!best) return { reason: "none: every size is more than 80 % full. Measure larger ones." };
  return {
    memoryMb: best.memoryMb,
    reason: `${best.memoryMb} MB: the cheapest within 10 % of the fastest p95, below 80 % of its memory.`,
  };
}

const formatSizes = (sizes: readonly MeasuredSize[]): string =>
  sizes.map(({ memoryMb }) => `${memoryMb} MB`).join(", ");

function by<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
