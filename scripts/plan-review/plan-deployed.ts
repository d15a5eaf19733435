import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { toWorkspaceRef, withDeployedStacks } from "../terraform/deployed-stacks.ts";
import { findInHcpTerraform } from "../terraform/hcp-terraform-client.ts";
import { readCredentials } from "../terraform/hcp-terraform-credentials.ts";
import { Terraform } from "../terraform/terraform.ts";
import { type PlanResults, planStacks } from "./plan-stacks.ts";

/**
 * Plans the stacks as they are in this folder, each in its workspace, and changes nothing.
 *
 * @param environment the environment whose stacks are planned; without one, all
 * @param planArguments further arguments of `terraform plan`
 * @param log receives a line for each stack when it is done
 * @throws {OperatorError} if there is no Terraform, no token, or the stacks do not synthesize
 */
export async function planDeployedStacks(
  environment: DeployedEnvironment | undefined,
  planArguments: readonly string[],
  log: (line: string) => void,
): Promise<PlanResults> {
  const terraform = await Terraform.find(process.env);
  if (!terraform) {
    throw new OperatorError("plan-without-terraform", {
      what: "There is no `terraform` on the PATH.",
      why: "Only Terraform can read the state and plan a stack.",
      action: "Install Terraform 1.11 or later.",
    });
  }
  const credentials = await readCredentials(process.env);
  return runInterruptible({ why: "Nothing was changed.", action: "Run it again." }, (signal) =>
    withDeployedStacks(environment, async (stacks, logs) => {
      const missing: PlanResults["failures"][number][] = [];
      for (const stack of stacks) {
        const { organization, name } = toWorkspaceRef(stack);
        if (await findInHcpTerraform(`/organizations/${organization}/workspaces/${name}`, credentials)) continue;
        // It is not planned, because `terraform init` would create the workspace.
        const error = new OperatorError("workspace-not-found", {
          what: `HCP Terraform has no workspace ${name}.`,
          why: "It was not created yet, or the token may not read it.",
          action: "Create it with `npx cdktf deploy ecobeat-hcp-terraform`, or use a token that may read it.",
        });
        missing.push({ stackName: stack.name, error });
        log(`${stack.name}: ${error.message}`);
      }
      const providers = join(logs, "providers");
      await mkdir(providers);
      const variables = {
        TF_PLUGIN_CACHE_DIR: providers,
        // The stacks have no lock file, without which Terraform would download each provider again for each stack:
        // https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
        TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
        ...process.env,
        ...{ CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" },
      };
      const initArguments = process.env.TF_PLUGIN_DIR ? [`-plugin-dir=${resolve(process.env.TF_PLUGIN_DIR)}`] : [];
      const options = { terraform, environment: variables, initArguments, planArguments, logs, signal };
      const present = stacks.filter(({ name }) => !missing.some(({ stackName }) => stackName === name));
      const { plans, failures } = await planStacks(present, options, log);
      return { plans, failures: [...missing, ...failures] };
    }),
  );
}
