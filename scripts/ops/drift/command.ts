import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ConfigurationError } from "../../../service/config.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import type { Stack } from "../../rehearse/synthesis.ts";
import { Terraform } from "../../rehearse/terraform.ts";
import { interruptible } from "../backup/interruptible.ts";
import { readAccess } from "../hcp-terraform/access.ts";
import { HcpTerraformClient } from "../hcp-terraform/client.ts";
import { withDeployedStacks } from "../hcp-terraform/deployed-stacks.ts";
import { workspaceOf } from "../hcp-terraform/workspace-of.ts";
import { exitStatus, printReview } from "../review/command.ts";
import { type Drift, findDrift } from "./find-drift.ts";

export interface DriftOptions {
  readonly environment?: DeployedEnvironment;
  readonly json?: boolean;
}

/**
 * `npm run ops -- drift`
 * @throws {ConfigurationError} if nothing could be asked for
 */
export async function drift(options: DriftOptions): Promise<void> {
  const terraform = await Terraform.find(process.env);
  if (!terraform) {
    throw new ConfigurationError(
      "There is no terraform on the PATH, and nothing else knows the state. Install Terraform 1.11 or later.",
    );
  }
  const client = new HcpTerraformClient(await readAccess(process.env));
  await interruptible("Nothing was changed. Run it again.", (signal) =>
    withDeployedStacks(options.environment, async (stacks, folder) => {
      const present = await existing(stacks, client);
      const planning = {
        terraform,
        environment: await planningEnvironment(process.env, folder),
        initArguments: process.env.TF_PLUGIN_DIR ? [`-plugin-dir=${resolve(process.env.TF_PLUGIN_DIR)}`] : [],
        logs: folder,
        signal,
      };
      printDrift(await findDrift(present, planning, console.error), options);
      if (present.length < stacks.length) process.exitCode = 1;
    }),
  );
}

/** The stacks that have a workspace: `terraform init` would make one for those that have none. */
async function existing(stacks: readonly Stack[], client: HcpTerraformClient): Promise<Stack[]> {
  const present: Stack[] = [];
  for (const stack of stacks) {
    const { organization, name } = workspaceOf(stack);
    if (await client.find(`/organizations/${organization}/workspaces/${name}`)) present.push(stack);
    else {
      console.error(
        `${name}: HCP Terraform has no workspace of this name, or the token may not see it. ` +
          "Make it with `npm run ops -- workspaces`, or use a token that may read it.",
      );
    }
  }
  return present;
}

async function planningEnvironment(variables: NodeJS.ProcessEnv, folder: string): Promise<NodeJS.ProcessEnv> {
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

/** Prints drift as a review of plans, and sets the exit status: any drift wants attention, a failure is 1. */
export function printDrift({ plans, failures }: Drift, options: DriftOptions): void {
  printReview(plans, options);
  const isClean = plans.every((plan) => plan.drift.length === 0);
  if (!isClean) process.exitCode = Math.max(exitStatus.attention, Number(process.exitCode ?? 0));
  if (failures.length > 0) process.exitCode = 1;
}
