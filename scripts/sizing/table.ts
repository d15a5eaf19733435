import { table } from "../cli/table.ts";
import { priceDate, priceRegion } from "../cost/prices.ts";
import type { MeasuredGroup, MeasuredSize } from "./sizing.ts";

const heads = [
  "MB",
  "requests",
  "p50 ms",
  "p95 ms",
  "p99 ms",
  "billed ms",
  "cold",
  "init ms",
  "used MB",
  "$/million",
];

/** A number as a person reads it, or a dash for none. */
const figure = (value: number | undefined, digits = 0): string =>
  value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits);

const cells = (size: MeasuredSize): string[] => [
  figure(size.memoryMb),
  figure(size.requests),
  figure(size.p50Ms, 1),
  figure(size.p95Ms, 1),
  figure(size.p99Ms, 1),
  figure(size.billedMs, 1),
  figure(size.coldStarts),
  figure(size.initMs),
  figure(size.maxUsedMb),
  figure(size.usdPerMillion, 3),
];

/** A table for each route group, with the recommended size marked, and what the figures rest on. */
export function tables(groups: readonly MeasuredGroup[]): string {
  const groupTable = ({ group, sizes, recommendation }: MeasuredGroup): string => {
    const rows = sizes.map((size) => [...cells(size), size.memoryMb === recommendation.memoryMb ? "<" : ""]);
    return [
      group,
      ...table([heads, ...rows], [...heads.keys()]).map((line) => `  ${line}`),
      `  Recommended: ${recommendation.reason}`,
      "",
    ].join("\n");
  };
  return [
    ...groups.map(groupTable),
    "Durations, what is billed and its price are those of warm requests; cold starts are counted apart.",
    `Prices of Lambda in ${priceRegion} on ${priceDate}, without free tier and provisioned concurrency.`,
  ].join("\n");
}
