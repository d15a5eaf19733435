import type { Command } from "commander";
import { environmentOption, jsonOption, wholeNumberParser } from "../cli/options.ts";
import { printJson } from "../cli/output.ts";
import type { RightSizeOptions } from "./right-size.ts";

/** Registers `tune-argon2` and `right-size`. */
export function registerSizing(program: Command): void {
  program
    .command("tune-argon2")
    .description("measure Argon2id on this machine, and propose parameters for the memory of a function")
    .requiredOption("--memory <MB>", "memory of the function", wholeNumberParser("MB", 128, 10_240))
    .requiredOption("--target <ms>", "maximum duration of a hash, such as 250ms", wholeNumberParser("ms", 10, 5_000))
    .addOption(jsonOption())
    .action(async ({ memory, target, json }: { memory: number; target: number; json?: boolean }) => {
      const { formatTuning, measureHash, tuneParameters } = await import("./tune-argon2.ts");
      const goal = { memoryMb: memory, targetMs: target };
      const tuning = await tuneParameters(goal, measureHash);
      if (json) printJson(tuning);
      else console.log(formatTuning(goal, tuning));
    });

  program
    .command("right-size")
    .description("report duration and cost of invocations by memory size, and recommend a size")
    .addOption(environmentOption().conflicts("from"))
    .option("--days <n>", "days of the environment's logs", wholeNumberParser("days", 1, 30), 7)
    .option("--from <file>", "read REPORT lines from a log file, without calling a service")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nCompares the sizes in the logs. To measure others with AWS Lambda Power Tuning, see docs/right-sizing.md.",
    )
    .action(async (options: RightSizeOptions) =>
      console.log(await (await import("./right-size.ts")).rightSize(options)),
    );
}
