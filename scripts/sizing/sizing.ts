import { functionArchitecture } from "../../stacks/environments/shared.ts";
import { prices } from "../cost/prices.ts";
import { quantile } from "./statistics.ts";

/** One invocation, as Lambda reports it. */
export interface Invocation {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  /** Maximum of the execution environment so far. */
  readonly usedMb: number;
  /** Duration of the cold start, or of the restore of a snapshot. @default the environment was warm */
  readonly initMs?: number;
  readonly failed: boolean;
}

/** An invocation and its route group. */
export interface Sample extends Invocation {
  /** Method and route, such as `GET /v1/users/me`. */
  readonly group: string;
}

/** Figures of a route group at one memory size. Durations are those of warm invocations. */
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
  /** Median. @default no cold start */
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
  /** A size, and the reason for it or for none. */
  readonly recommendation: { readonly memoryMb?: number; readonly reason: string };
}

/** Below this, one or two requests determine the 95th percentile. */
export const minRequests = 50;
/** A recommended size is at most this much slower than the fastest. */
const maxSlowdown = 1.1;
/** Threshold of the alarm on a function's memory. */
const maxMemoryShare = 0.8;

/** By instruction set. */
const computePrices = { arm64: prices.lambdaCompute, x64: prices.lambdaComputeX64 } as const;

/**
 * Computes Lambda's price for a million requests, in US dollars, without free tier and provisioned concurrency.
 * @param billedMs of one request
 */
export const computeUsdPerMillion = (
  memoryMb: number,
  billedMs: number,
  architecture: keyof typeof computePrices = functionArchitecture,
): number =>
  prices.lambdaRequests.usd + (memoryMb / 1_024) * (billedMs / 1_000) * 1_000_000 * computePrices[architecture].usd;

/** Groups samples by route group and memory size, and recommends a size for each group. */
export const summarize = (samples: readonly Sample[]): MeasuredGroup[] => summarizeBy(samples, toMeasuredSize);

/** Groups items by group and memory size, and recommends a size for each group. */
export const summarizeBy = <T extends { readonly group: string; readonly memoryMb: number }>(
  items: readonly T[],
  toSize: (memoryMb: number, same: readonly T[]) => MeasuredSize,
): MeasuredGroup[] =>
  [...new Set(items.map(({ group }) => group))].map((group) => {
    const own = items.filter((item) => item.group === group);
    const sizes = [...new Set(own.map(({ memoryMb }) => memoryMb))]
      .sort((one, other) => one - other)
      .map((size) =>
        toSize(
          size,
          own.filter(({ memoryMb }) => memoryMb === size),
        ),
      );
    return { group, sizes, recommendation: recommend(sizes) };
  });

function toMeasuredSize(memoryMb: number, invocations: readonly Invocation[]): MeasuredSize {
  const inits = invocations.flatMap(({ initMs }) => initMs ?? []);
  const warm = invocations.filter(({ initMs }) => initMs === undefined);
  const durations = warm.map(({ durationMs }) => durationMs);
  const percentile = (share: number): number => quantile(durations, share) ?? Number.NaN;
  const billedMs = warm.reduce((sum, each) => sum + each.billedMs, 0) / warm.length;
  return {
    memoryMb,
    requests: warm.length,
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
    billedMs,
    coldStarts: inits.length,
    ...(inits.length > 0 && { initMs: quantile(inits, 0.5) }),
    maxUsedMb: Math.max(...invocations.map(({ usedMb }) => usedMb)),
    failures: invocations.filter(({ failed }) => failed).length,
    usdPerMillion: computeUsdPerMillion(memoryMb, billedMs),
  };
}

/**
 * Recommends, of the sizes with enough requests and 20 % free memory, the cheapest whose 95th percentile is within 10 % of the
 * fastest. Recommends none after failures, or without two sizes to compare.
 */
export function recommend(sizes: readonly MeasuredSize[]): MeasuredGroup["recommendation"] {
  const failed = sizes.filter(({ failures }) => failures > 0);
  if (failed.length > 0) {
    const sizes = failed.map(({ memoryMb }) => `${memoryMb} MB`).join(", ");
    return { reason: `none: requests failed at ${sizes}. Fix the failures and measure again.` };
  }
  const enough = sizes.filter(({ requests }) => requests >= minRequests);
  if (enough.length < 2) {
    return { reason: `none: at least two sizes need ${minRequests} warm requests each.` };
  }
  const candidates = enough.filter(({ memoryMb, maxUsedMb }) => maxUsedMb < memoryMb * maxMemoryShare);
  const fastest = Math.min(...candidates.map(({ p95Ms }) => p95Ms));
  const [best] = candidates
    .filter(({ p95Ms }) => p95Ms <= fastest * maxSlowdown)
    .sort((one, other) => one.usdPerMillion - other.usdPerMillion);
  if (!best) return { reason: "none: every size uses more than 80 % of its memory. Measure larger sizes." };
  return {
    memoryMb: best.memoryMb,
    reason: `${best.memoryMb} MB: the cheapest within 10 % of the fastest p95 and below 80 % of its memory.`,
  };
}
