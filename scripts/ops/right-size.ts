import { writeFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import { priceDate } from "./cost/prices.ts";
import type { LiveOptions } from "./right-size/live.ts";
import { measure, type Sample } from "./right-size/sizing.ts";
import { tables } from "./right-size/table.ts";

/** Where the measurements come from, and how they are shown. */
export interface RightSizeOptions extends Partial<LiveOptions> {
  /** A log to read in place of measuring. */
  readonly from?: string;
  /** Prints JSON in place of tables. */
  readonly json?: boolean;
  /** Where an SVG goes. */
  readonly picture?: string;
}

/**
 * Prints duration and cost of each route group at each memory size, and the size to choose.
 * @throws {ConfigurationError} if neither a log nor a function is named, or it cannot be read or measured
 */
export async function rightSize(options: RightSizeOptions): Promise<void> {
  const groups = measure(await samplesOf(options));
  if (options.picture) {
    const { picture } = await import("./right-size/picture.ts");
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

async function samplesOf(options: RightSizeOptions): Promise<Sample[]> {
  const { from, environment, function: functionId } = options;
  if (from) return (await import("./right-size/log-file.ts")).readLogFile(from);
  if (!environment || !functionId) {
    throw new ConfigurationError(
      "There is nothing to measure. Name --environment and --function, or a log with --from.",
    );
  }
  return (await import("./right-size/live.ts")).measureLive({
    ...options,
    environment,
    function: functionId,
  });
}
