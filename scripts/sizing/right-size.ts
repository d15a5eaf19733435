import type { DeployedEnvironment } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
import { formatTable } from "../cli/table.ts";
import { priceDate, priceRegion } from "../cost/prices.ts";
import { queryInsights } from "./insights.ts";
import { readLogFile } from "./log-file.ts";
import { type MeasuredGroup, type MeasuredSize, summarize } from "./sizing.ts";

/** Source and format of a report. */
export interface RightSizeOptions {
  /** Reads the logs of this environment. */
  readonly environment?: DeployedEnvironment;
  /** Days of those logs. */
  readonly days: number;
  /** Reads this log file instead. */
  readonly from?: string;
  /** Returns JSON instead of tables. */
  readonly json?: boolean;
}

/**
 * Reports duration and cost of each route group at each memory size, and recommends a size.
 *
 * @returns tables, or JSON
 * @throws {OperatorError} without a source, or if it cannot be read
 */
export async function rightSize({ environment, days, from, json }: RightSizeOptions): Promise<string> {
  if (!from && !environment) {
    throw new OperatorError("invocation-source-missing", {
      what: "There is nothing to read.",
      why: "The command needs an environment or a log file.",
      action: "Add --environment, or --from with a log file.",
    });
  }
  const groups = from ? summarize(await readLogFile(from)) : await queryInsights(environment!, days);
  return json ? JSON.stringify({ priceDate, currency: "USD", groups }, null, 2) : formatTables(groups);
}

/** Heading, field and decimals of each column. */
const columns: readonly (readonly [heading: string, field: keyof MeasuredSize, digits: number])[] = [
  ["MB", "memoryMb", 0],
  ["requests", "requests", 0],
  ["p50 ms", "p50Ms", 1],
  ["p95 ms", "p95Ms", 1],
  ["p99 ms", "p99Ms", 1],
  ["billed ms", "billedMs", 1],
  ["cold", "coldStarts", 0],
  ["init ms", "initMs", 0],
  ["used MB", "maxUsedMb", 0],
  ["$/million", "usdPerMillion", 3],
];

const formatFigure = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits);

/** A table for each route group, with the recommended size marked, and notes on the figures. */
export function formatTables(groups: readonly MeasuredGroup[]): string {
  const groupTable = ({ group, sizes, recommendation }: MeasuredGroup): string => {
    const rows = sizes.map((size) => [
      ...columns.map(([, field, digits]) => formatFigure(size[field], digits)),
      size.memoryMb === recommendation.memoryMb ? "<" : "",
    ]);
    return [
      group,
      ...formatTable([columns.map(([heading]) => heading), ...rows], [...columns.keys()]).map((line) => `  ${line}`),
      `  Recommended: ${recommendation.reason}`,
      "",
    ].join("\n");
  };
  return [
    ...groups.map(groupTable),
    "Durations and prices are those of warm requests; cold starts are counted separately.",
    `Prices of Lambda in ${priceRegion} as of ${priceDate}, without free tier and provisioned concurrency.`,
  ].join("\n");
}
