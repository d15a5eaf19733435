import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentOption, jsonOption } from "../cli/options.ts";
import type { Review } from "./review.ts";

const help = (statuses: string) => `\nExit status: ${statuses}. See docs/plan-review.md.`;

/** Registers `review` and `drift`. */
export function registerPlanReview(program: Command): void {
  program
    .command("review")
    .description("summarize for a reviewer what plans change, and what that means")
    .argument("<plan.json...>", "outputs of `terraform show -json PLAN`: a file for each stack, named after the stack")
    .addOption(jsonOption())
    .addHelpText("after", help("0 without warnings, 2 with warnings, 3 with critical findings, 1 if a file is no plan"))
    .action(async (files: string[], options: { json?: boolean }) => {
      const { readPlans, review } = await import("./review.ts");
      print(review(await readPlans(files), options));
    });
  program
    .command("drift")
    .description("find changes made outside of Terraform, and summarize what they mean; change nothing")
    .addOption(environmentOption("one environment only"))
    .addOption(jsonOption())
    .addHelpText("after", help("0 without drift, 2 with drift, 3 with critical findings, 1 if a stack has no plan"))
    .action(async ({ environment, ...options }: { environment?: DeployedEnvironment; json?: boolean }) => {
      const { planDeployedStacks } = await import("./plan-deployed.ts");
      const { reviewDrift } = await import("./review.ts");
      print(reviewDrift(await planDeployedStacks(environment, ["-refresh-only"], console.error), options));
    });
}

function print({ text, exitStatus }: Review): void {
  console.log(text);
  process.exitCode = exitStatus;
}
