import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { dryRunOption, environmentOption, jsonOption } from "../cli/options.ts";

interface WorkspacesOptions {
  readonly environment?: DeployedEnvironment;
  readonly dryRun: boolean;
  readonly json?: boolean;
  /** Stacks deployed with the operator's own credentials. @default none */
  readonly local?: readonly string[];
}

/** Exit status of a dry run that found differences. */
const exitStatusForDifferences = 2;

/** Registers `workspaces`. */
export function registerWorkspaces(program: Command): void {
  program
    .command("workspaces")
    .description("give HCP Terraform the projects, workspaces and variables that the stacks want")
    .addOption(environmentOption("one environment only"))
    .option("--local <stack...>", "stacks that are deployed with your own credentials for now")
    .addOption(dryRunOption().default(false))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nThe token is that of `terraform login`, or TF_TOKEN_app_terraform_io. What belongs to no stack is left alone. A dry " +
        "run ends with 2 when something differs. See docs/bootstrap.md.",
    )
    .action(async ({ environment, dryRun, json, local }: WorkspacesOptions) => {
      const { Changes } = await import("./changes.ts");
      const { reconcileStacks } = await import("./reconcile.ts");
      const changes = new Changes(dryRun, json ? console.error : console.log);
      const left = await reconcileStacks(environment, local, changes);
      const { made } = changes;
      if (json) console.log(JSON.stringify({ dryRun, changes: made, leftToPeople: left }, undefined, 2));
      else {
        for (const { subject, text } of left) console.log(`left to you: ${subject} ${text}`);
        console.log(
          made.length === 0 ? "Nothing to change." : `${made.length} ${dryRun ? "to make" : "made"}.`,
        );
      }
      if (dryRun && made.length > 0) process.exitCode = exitStatusForDifferences;
    });
}
