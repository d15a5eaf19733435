import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentOption, jsonOption } from "../cli/options.ts";
import type { Review } from "./review.ts";

/** Registers `review` and `drift`. */
export function registerPlanReview(program: Command): void {
  program
    .command("review")
    .description("say what plans would do, and what that means, for a reviewer")
    .argument(
      "<plan.json...>",
      "what `terraform show -json PLAN` printed, a file for each stack, named after it",
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nEnds with 0 when there is nothing to mind, 2 when something wants attention, 3 at danger, and 1 when a file could not " +
        "be reviewed. Values are shown only where they can be no secret. See docs/plan-review.md.",
    )
    .action(async (files: string[], { json }: { json?: boolean }) => {
      const { readPlans, review } = await import("./review.ts");
      print(review(await readPlans(files), json ? "json" : "markdown"));
    });

  program
    .command("drift")
    .description("find what was changed outside of Terraform, and say what that means")
    .addOption(environmentOption("one environment only"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nEnds with 0 when nothing was changed, 2 when something was, 3 at danger, and 1 when a stack could not be planned. " +
        "Changes nothing. See docs/plan-review.md.",
    )
    .action(async ({ environment, json }: { environment?: DeployedEnvironment; json?: boolean }) => {
      const { planDeployedStacks } = await import("./plan-deployed.ts");
      const { reviewDrift } = await import("./review.ts");
      const plans = await planDeployedStacks(environment, ["-refresh-only"], console.error);
      print(reviewDrift(plans, json ? "json" : "markdown"));
    });
}

function print({ text, exitStatus }: Review): void {
  console.log(text);
  process.exitCode = exitStatus;
}
