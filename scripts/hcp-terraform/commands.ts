import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { dryRunOption, environmentOption, jsonOption } from "../cli/options.ts";

interface WorkspacesOptions {
  readonly environment?: DeployedEnvironment;
  readonly dryRun: boolean;
  readonly json?: boolean;
  /** Stacks with local execution. @default none */
  readonly local?: readonly string[];
}

/** Registers `workspaces`. */
export function registerWorkspaces(program: Command): void {
  program
    .command("workspaces")
    .description("reconcile the projects, workspaces and variables in HCP Terraform with the stacks")
    .addOption(environmentOption("one environment only"))
    .option("--local <stack...>", "stacks with local execution, deployed with your own credentials")
    .addOption(dryRunOption().default(false))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nUses the token of `terraform login` or TF_TOKEN_app_terraform_io. Changes nothing that belongs to no stack. A dry run " +
        "exits with 2 if something differs. See docs/bootstrap.md.",
    )
    .action(async ({ environment, dryRun, json, local }: WorkspacesOptions) => {
      const { reconcileStacks } = await import("./reconcile.ts");
      const log = json ? console.error : console.log;
      const { changes, manual } = await reconcileStacks(environment, local, dryRun, log);
      if (json) console.log(JSON.stringify({ dryRun, changes, manual }, undefined, 2));
      else {
        for (const { subject, text } of manual) console.log(`left to you: ${subject} ${text}`);
        console.log(changes.length === 0 ? "Nothing to change." : `${changes.length} ${dryRun ? "to make" : "made"}.`);
      }
      if (dryRun && changes.length > 0) process.exitCode = 2;
    });
}
