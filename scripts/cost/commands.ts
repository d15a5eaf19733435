import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentOption, jsonOption } from "../cli/options.ts";

/** Registers `cost`. */
export function registerCost(program: Command): void {
  program
    .command("cost")
    .description("estimate the monthly cost of the stacks: idle, and at 1, 10 and 100 requests per second")
    .addOption(environmentOption("one environment only"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nCalls no service: it synthesizes the stacks and uses a dated table of prices. See docs/cost.md.",
    )
    .action(async ({ environment, json }: { environment?: DeployedEnvironment; json?: boolean }) => {
      const { reportCosts } = await import("./report.ts");
      console.log(await reportCosts(environment, json ? "json" : "text"));
    });
}
