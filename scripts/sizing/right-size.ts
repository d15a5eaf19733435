import { writeFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { table } from "../cli/table.ts";
import { priceDate, priceRegion } from "../cost/prices.ts";
import { picture } from "./chart.ts";
import { readInsights } from "./insights.ts";
import { readLogFile } from "./log-file.ts";
import { type MeasuredGroup, type MeasuredSize, measure } from "./sizing.ts";

/** Where the measurements come from, and how they are shown. */
export interface RightSizeOptions {
  /** Reads the environment's logs. */
  readonly environment?: DeployedEnvironment;
  /** Days of those logs. */
  readonly days: number;
  /** A log file to read instead. */
  readonly from?: string;
  /** Returns JSON in place of tables. */
  readonly json?: boolean;
  /** Where an SVG goes. */
  readonly picture?: string;
}

/**
 * Duration and cost of each route group at each memory size, and the size to choose.
 *
 * @returns tables, or JSON
 * @throws {ConfigurationError} if neither a log file nor an environment is named, or its logs cannot be read
 */
export async function rightSize(options: RightSizeOptions): Promise<string> {
  const groups = await measuredGroups(options);
  if (options.picture) {
    await writeFile(options.picture, picture(groups)).catch((error: Error) => {
      throw new ConfigurationError(
        `The picture was not written: ${error.message}. Name a file in a folder of yours.`,
        { cause: error },
      );
    });
  }
  return options.json ? JSON.stringify({ priceDate, currency: "USD", groups }, null, 2) : tables(groups);
}

async function measuredGroups({ from, environment, days }: RightSizeOptions): Promise<MeasuredGroup[]> {
  if (from) return measure(await readLogFile(from));
  if (environment) return readInsights(environment, days);
  throw new ConfigurationError("There is nothing to read. Name --environment, or a log file with --from.");
}

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
