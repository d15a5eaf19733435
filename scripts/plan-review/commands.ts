import type { Command } from "commander";
import type { ReviewOptions } from "./review.ts";

/** Adds `review` to a program. */
export function registerReview(program: Command): void {
  program
    .command("review")
    .description("say what plans would do, and what that means, for a reviewer")
    .argument(
      "<plan.json...>",
      "what `terraform show -json PLAN` printed, a file for each stack, named after it",
    )
    .option("--json", "findings for machines")
    .addHelpText(
      "after",
      "\nEnds with 0 when there is nothing to mind, 2 when something wants attention, 3 at danger, and 1 when a file could not " +
        "be reviewed. Values are shown only where they can be no secret. See docs/plan-review.md.",
    )
    .action(async (files: string[], options: ReviewOptions) =>
      (await import("./review.ts")).review(files, options),
    );
}
