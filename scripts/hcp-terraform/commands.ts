import { type Command, Option } from "commander";
import { deployedEnvironments } from "../../service/contract.ts";
import type { WorkspacesOptions } from "./workspaces.ts";

/** Adds `workspaces` to a program. */
export function registerWorkspaces(program: Command): void {
  program
    .command("workspaces")
    .description("give HCP Terraform the projects, workspaces and variables that the stacks want")
    .addOption(new Option("--environment <name>", "one environment only").choices(deployedEnvironments))
    .option("--local <stack...>", "stacks that are deployed with your own credentials for now")
    .option("--dry-run", "say what differs, and change nothing", false)
    .option("--json", "for machines")
    .addHelpText(
      "after",
      "\nThe token is that of `terraform login`, or TF_TOKEN_app_terraform_io. What belongs to no stack is left alone. A dry " +
        "run ends with 2 when something differs. See docs/first-set-up.md.",
    )
    .action(async (options: WorkspacesOptions) => (await import("./workspaces.ts")).workspaces(options));
}
