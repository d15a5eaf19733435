import { writeFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { formatTable } from "../cli/table.ts";
import { priceDate, priceRegion } from "../cost/prices.ts";
import { drawCharts } from "./chart.ts";
import { queryInsights } from "./insights.ts";
import { readLogFile } from "./log-file.ts";
import { type MeasuredGroup, type MeasuredSize, summarize } from "./sizing.ts";

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
  readonly chart?: string;
}

/**
 * Duration and cost of each route group at each memory size, and the size to choose.
 *
 * @returns tables, or JSON
 * @throws {ConfigurationError} if neither a log file nor an environment is named, or its logs cannot be read
 */
export async function rightSize(options: RightSizeOptions): Promise<string> {
  const groups = await readGroups(options);
  if (options.chart) {
    await writeFile(options.chart, drawCharts(groups)).catch((error: Error) => {
      throw new ConfigurationError(
        `The picture was not written: ${error.message}. Name a file in a folder of yours.`,
        { cause: error },
      );
    });
  }
  return options.json
    ? JSON.stringify({ priceDate, currency: "USD", groups }, null, 2)
    : formatTables(groups);
}

async function readGroups({ from, environment, days }: RightSizeOptions): Promise<MeasuredGroup[]> {
  if (from) return summarize(await readLogFile(from));
  if (environment) return queryInsights(environment, days);
  throw new ConfigurationError("There is nothing to read. Name --environment, or a log file with --from.");
}

const headings = [
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
const formatFigure = (value: number | undefined, digits = 0): string =>
  value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits);

const toCells = (size: MeasuredSize): string[] => [
  formatFigure(size.memoryMb),
  formatFigure(size.requests),
  formatFigure(size.p50Ms, 1),
  formatFigure(size.p95Ms, 1),
  formatFigure(size.p99Ms, 1),
  formatFigure(size.billedMs, 1),
  formatFigure(size.coldStarts),
  formatFigure(size.initMs),
  formatFigure(size.maxUsedMb),
  formatFigure(size.usdPerMillion, 3),
];

/** A table for each route group, with the recommended size marked, and what the figures rest on. */
export function formatTables(groups: readonly MeasuredGroup[]): string {
  const groupTable = ({ group, sizes, recommendation }: MeasuredGroup): string => {
    const rows = sizes.map((size) => [
      ...toCells(size),
      size.memoryMb === recommendation.memoryMb ? "<" : "",
    ]);
    return [
      group,
      ...formatTable([headings, ...rows], [...headings.keys()]).map((line) => `  ${line}`),
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
