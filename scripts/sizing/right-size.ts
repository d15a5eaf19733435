import { writeFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { priceDate } from "../cost/prices.ts";
import { readInsights } from "./insights.ts";
import { readLogFile } from "./log-file.ts";
import { picture } from "./picture.ts";
import { type MeasuredGroup, measure } from "./sizing.ts";
import { tables } from "./table.ts";

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
