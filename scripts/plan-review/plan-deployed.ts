import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { HcpTerraformClient } from "../hcp-terraform/client.ts";
import { readCredentials } from "../hcp-terraform/credentials.ts";
import { toWorkspaceRef, withDeployedStacks } from "../hcp-terraform/deployed-stacks.ts";
import type { Stack } from "../terraform/synthesis.ts";
import { Terraform } from "../terraform/terraform.ts";
import { PlanError, type PlanResults, planStacks } from "./plan-stacks.ts";

/**
 * Plans the stacks as they are in this folder, each in its workspace, and changes nothing.
 *
 * @param environment the environment whose stacks are planned; without one, all
 * @param planArguments further arguments of `terraform plan`
 * @param log receives a line for each stack, once it is done
 * @throws {ConfigurationError} if nothing could be asked for
 */
export async function planDeployedStacks(
  environment: DeployedEnvironment | undefined,
  planArguments: readonly string[],
  log: (line: string) => void,
): Promise<PlanResults> {
  const terraform = await Terraform.find(process.env);
  if (!terraform) {
    throw new ConfigurationError(
      "There is no terraform on the PATH, and nothing else knows the state. Install Terraform 1.11 or later.",
    );
  }
  const client = new HcpTerraformClient(await readCredentials(process.env));
  return runInterruptible({ why: "Nothing was changed.", action: "Run it again." }, (signal) =>
    withDeployedStacks(environment, async (stacks, folder) => {
      const absent = await findMissingWorkspaces(stacks, client);
      for (const { stackName, message } of absent.values()) log(`${stackName}: ${message}`);
      const planning = {
        terraform,
        environment: await prepareTerraformEnvironment(process.env, folder),
        initArguments: process.env.TF_PLUGIN_DIR ? [`-plugin-dir=${resolve(process.env.TF_PLUGIN_DIR)}`] : [],
        planArguments,
        logs: folder,
        signal,
      };
      const present = stacks.filter((stack) => !absent.has(stack));
      const { plans, failures } = await planStacks(present, planning, log);
      return { plans, failures: [...absent.values(), ...failures] };
    }),
  );
}

/** The stacks that have no workspace, and why they are not planned: `terraform init` would make one. */
async function findMissingWorkspaces(
  stacks: readonly Stack[],
  client: HcpTerraformClient,
): Promise<Map<Stack, PlanError>> {
  const absent = new Map<Stack, PlanError>();
  for (const stack of stacks) {
    const { organization, name } = toWorkspaceRef(stack);
    if (await client.find(`/organizations/${organization}/workspaces/${name}`)) continue;
    absent.set(
      stack,
      new PlanError(
        name,
        `HCP Terraform has no workspace of this name, or the token may not see it. ` +
          "Make it with `npm run ops -- workspaces`, or use a token that may read it.",
      ),
    );
  }
  return absent;
}

async function prepareTerraformEnvironment(
  variables: NodeJS.ProcessEnv,
  folder: string,
): Promise<NodeJS.ProcessEnv> {
  const providers = join(folder, "providers");
  await mkdir(providers);
  return {
    TF_PLUGIN_CACHE_DIR: providers,
    // The stacks have no lock file, without which Terraform would download each provider again for each stack:
    // https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
    TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
    ...variables,
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
  };
}
