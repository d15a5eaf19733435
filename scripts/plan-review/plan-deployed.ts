import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { getJson, type JsonApi } from "../cli/json-api.ts";
import { toWorkspaceRef, withDeployedStacks } from "../terraform/deployed-stacks.ts";
import { openHcpTerraform } from "../terraform/hcp-terraform-api.ts";
import type { Stack } from "../terraform/synthesis.ts";
import { Terraform, toInitArguments, withoutQuestions } from "../terraform/terraform.ts";
import { type PlanResults, planStacks } from "./plan-stacks.ts";

/** The plans of stacks in their workspaces. */
export interface DeployedPlans extends PlanResults {
  /** Names of the stacks that are not planned, because their workspaces have no state yet. */
  readonly undeployed: readonly string[];
}

/**
 * Plans the stacks as they are in this folder, each in its workspace, and changes nothing. It does not plan a stack that was not
 * deployed yet: what such a stack reads may not exist.
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
): Promise<DeployedPlans> {
  const terraform = await Terraform.find(process.env);
  if (!terraform) {
    throw new OperatorError("plan-without-terraform", {
      what: "There is no `terraform` on the PATH.",
      why: "Only Terraform can read the state and plan a stack.",
      action: "Install Terraform 1.11 or later.",
    });
  }
  const api = await openHcpTerraform(process.env);
  return runInterruptible({ why: "Some stacks have no plan.", action: "Run it again." }, (signal) =>
    withDeployedStacks(environment, async (stacks, logs) => {
      const { deployed, undeployed, missing } = await sortByState(stacks, api);
      for (const { stackName, error } of missing) log(`${stackName}: ${error.message}`);
      for (const stackName of undeployed) {
        log(`${stackName}: not planned, because its workspace has no state that the token may read`);
      }
      const providers = join(logs, "providers");
      await mkdir(providers);
      const variables = {
        TF_PLUGIN_CACHE_DIR: providers,
        // The stacks have no lock file, without which Terraform would download each provider again for each stack:
        // https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
        TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
        ...process.env,
        ...withoutQuestions,
      };
      const initArguments = toInitArguments(process.env);
      const options = { terraform, environment: variables, initArguments, planArguments, logs, signal };
      const { plans, failures } = await planStacks(deployed, options, log);
      return { plans, failures: [...missing, ...failures], undeployed };
    }),
  );
}

/** An object of HCP Terraform's API: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#json-api-documents */
const schema = z.object({ data: z.object({ id: z.string() }) });

/**
 * Sorts stacks by what HCP Terraform has of them. Without a workspace, `terraform init` would create it. Without a state, the API
 * responds with 404: https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-versions
 */
async function sortByState(stacks: readonly Stack[], api: JsonApi) {
  const deployed: Stack[] = [];
  const undeployed: string[] = [];
  const missing: PlanResults["failures"][number][] = [];
  for (const stack of stacks) {
    const { organization, name } = toWorkspaceRef(stack);
    const [, environment] = stack.name.split("-");
    const workspace = await getJson(api, `/organizations/${organization}/workspaces/${name}`, { schema });
    if (!workspace) {
      const error = new OperatorError("workspace-not-found", {
        what: `HCP Terraform has no workspace ${name}.`,
        why: "It was not created yet, or the token may not read it.",
        action: `Create it with \`npm run ops -- deploy --environment ${environment} hcp-terraform\`, or use a token that may read it.`,
      });
      missing.push({ stackName: stack.name, error });
    } else if (await getJson(api, `/workspaces/${workspace.data.id}/current-state-version`, { schema })) {
      deployed.push(stack);
    } else {
      undeployed.push(stack.name);
    }
  }
  return { deployed, undeployed, missing };
}
