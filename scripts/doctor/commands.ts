import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentOption, jsonOption } from "../cli/options.ts";
import { colourOutcomes, printJson } from "../cli/output.ts";

interface DoctorOptions {
  readonly environment: DeployedEnvironment;
  readonly json?: boolean;
}

/** Registers `doctor`. */
export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description("check what the stacks take for granted: tools, accounts, quotas, DNS, tokens, secrets, backups")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Run it before and after a deployment. It changes nothing and makes all checks, even if some fail. A check is:

  ok       as it must be
  wrong    a deployment or the service would fail, or an alarm would reach no one
  unknown  not made: credentials are missing, or a service does not respond
  not yet  a deployment or a later step of docs/bootstrap.md creates it

It exits with 1 if something is wrong, with 2 if nothing is wrong and something is unknown, and otherwise with 0.

Credentials (checks without theirs are unknown):
  AWS             AWS_PROFILE, or any others that the AWS SDK finds; reading suffices
  HCP Terraform   \`terraform login\`, or TF_TOKEN_app_terraform_io
  Atlas           MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET
  GitHub          \`gh auth login\`, or GH_TOKEN

See docs/doctor.md.`,
    )
    .action(async ({ environment, json }: DoctorOptions) => {
      const { diagnose, formatFindings, getExitStatus } = await import("./doctor.ts");
      const findings = await diagnose(environment);
      if (json) printJson({ environment, findings });
      else console.log(colourOutcomes(formatFindings(findings).join("\n")));
      // A call without a response must not keep the process.
      process.exit(getExitStatus(findings));
    });
}
