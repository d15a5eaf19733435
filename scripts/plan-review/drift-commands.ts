import { type Command, Option } from "commander";
import { deployedEnvironments } from "../../service/contract.ts";
import type { DriftOptions } from "./drift.ts";

/** Adds `drift` to a program. */
export function registerDrift(program: Command): void {
  program
    .command("drift")
    .description("find what was changed outside of Terraform, and say what that means")
    .addOption(new Option("--environment <name>", "one environment only").choices(deployedEnvironments))
    .option("--json", "findings for machines")
    .addHelpText(
      "after",
      "\nEnds with 0 when nothing was changed, 2 when something was, 3 at danger, and 1 when a stack could not be planned. " +
        "Changes nothing. See docs/plan-review.md.",
    )
    .action(async (options: DriftOptions) => (await import("./drift.ts")).drift(options));
}
