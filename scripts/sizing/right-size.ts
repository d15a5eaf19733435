import { writeFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { priceDate } from "../cost/prices.ts";
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
  /** Prints JSON in place of tables. */
  readonly json?: boolean;
  /** Where an SVG goes. */
  readonly picture?: string;
}

/**
 * Prints duration and cost of each route group at each memory size, and the size to choose.
 * @throws {ConfigurationError} if neither a log file nor an environment is named, or its logs cannot be read
 */
export async function rightSize(options: RightSizeOptions): Promise<void> {
  const groups = await groupsOf(options);
  if (options.picture) {
    const { picture } = await import("./picture.ts");
    await writeFile(options.picture, picture(groups)).catch((error: Error) => {
      throw new ConfigurationError(
        `The picture was not written: ${error.message}. Name a file in a folder of yours.`,
        { cause: error },
      );
    });
  }
  console.log(
    options.json ? JSON.stringify({ priceDate, currency: "USD", groups }, null, 2) : tables(groups),
  );
}

async function groupsOf({ from, environment, days }: RightSizeOptions): Promise<MeasuredGroup[]> {
  if (from) return measure(await (await import("./log-file.ts")).readLogFile(from));
  if (environment) return (await import("./insights.ts")).readInsights(environment, days);
  throw new ConfigurationError("There is nothing to read. Name --environment, or a log file with --from.");
}
