import type { Command } from "commander";
import { dryRunOption, environmentOption, yesOption } from "../cli/options.ts";
import type { DeployOptions } from "./deploy.ts";

/** Registers `deploy`. */
export function registerDeploy(program: Command): void {
  program
    .command("deploy")
    .description("deploy stacks of an environment with CDKTF, each after its dependencies")
    .argument(
      "[stack...]",
      "such as service. Without names: all stacks of the environment except archive. Shared stacks, such as hcp-terraform, need their name",
    )
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(yesOption("approve all plans"))
    .addOption(dryRunOption("print the stacks and the command line of CDKTF, and deploy nothing"))
    .addHelpText(
      "after",
      "\nChecks types, and synthesizes the stacks. Uses the token of `terraform login` or TF_TOKEN_app_terraform_io: runs in HCP " +
        "Terraform have their own credentials of AWS and Atlas. Exits with the status of CDKTF. See docs/environments.md.",
    )
    .action(async (stacks: string[], options: Omit<DeployOptions, "stacks">) => {
      const { deploy } = await import("./deploy.ts");
      process.exitCode = await deploy({ stacks, ...options }, console.log);
    });
}
