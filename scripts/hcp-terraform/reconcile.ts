import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Change, Changes } from "./changes.ts";
import { HcpTerraformClient } from "./client.ts";
import { readCredentials } from "./credentials.ts";
import { withDeployedStacks } from "./deployed-stacks.ts";
import { type DesiredProject, type DesiredWorkspace, toDesiredProjects } from "./desired-state.ts";
import { reconcileVariables } from "./reconcile-variables.ts";
import {
  reconcileConsumers,
  reconcileTriggers,
  reconcileWorkspace,
  type WorkspaceIds,
} from "./reconcile-workspaces.ts";

/**
 * Reconciles HCP Terraform with the stacks as they are in this folder.
 *
 * @param environment @default all environments
 * @param local names of stacks that are deployed with the operator's own credentials
 * @returns what only people can do
 * @throws {OperatorError} what HCP Terraform refused
 */
export async function reconcileStacks(
  environment: DeployedEnvironment | undefined,
  local: readonly string[] | undefined,
  changes: Changes,
): Promise<Change[]> {
  const client = new HcpTerraformClient(await readCredentials(process.env));
  const projects = await withDeployedStacks(environment, async (stacks) => toDesiredProjects(stacks, local));
  const left: Change[] = [];
  for (const project of projects) left.push(...(await reconcile(project, client, changes)));
  return left;
}

/**
 * Makes what a project lacks, and puts right what differs. Interrupted, it goes on where it was when it is run again. What
 * belongs to no stack is left alone.
 *
 * @returns what only people can do
 */
export async function reconcile(
  project: DesiredProject,
  client: HcpTerraformClient,
  changes: Changes,
): Promise<Change[]> {
  const id = await reconcileProject(project, client, changes);
  const ids = new Map<string, string>();
  for (const workspace of project.workspaces) {
    const found = await reconcileWorkspace(workspace, id, client, changes);
    if (found) ids.set(workspace.name, found);
  }
  for (const workspace of project.workspaces) {
    await reconcileConsumers(workspace, ids, client, changes);
    await reconcileTriggers(workspace, ids, client, changes);
  }
  await reconcileVariables(project, id, client, changes);
  const missing = await Promise.all(
    project.workspaces.map((workspace) => missingSecrets(workspace, ids, client)),
  );
  return missing.flat();
}

/** https://developer.hashicorp.com/terraform/cloud-docs/api-docs/projects */
async function reconcileProject(
  { organization, name }: DesiredProject,
  client: HcpTerraformClient,
  changes: Changes,
): Promise<string | undefined> {
  if (!(await client.find(`/organizations/${organization}`))) {
    throw new ConfigurationError(
      `HCP Terraform has no organization ${organization}, or the token may not see it. Make it at ` +
        "https://app.terraform.io/app/organizations/new, or use a token of its owners.",
    );
  }
  const path = `/organizations/${organization}/projects`;
  const projects = await client.list(path, { "filter[names]": name });
  const project = projects.find(({ attributes }) => attributes.name === name);
  if (project) return project.id;
  const made = await changes.make(name, "is made", () =>
    client.create(path, { type: "projects", attributes: { name } }),
  );
  return made?.id;
}

/** https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspace-variables, which shows no sensitive value. */
async function missingSecrets(
  { name, sensitiveVariables }: DesiredWorkspace,
  ids: WorkspaceIds,
  client: HcpTerraformClient,
): Promise<Change[]> {
  if (sensitiveVariables.length === 0) return [];
  const present = ids.has(name) ? await client.list(`/workspaces/${ids.get(name)}/vars`) : [];
  return sensitiveVariables.flatMap((key) => {
    const found = present.find(({ attributes }) => attributes.key === key && attributes.category === "env");
    if (!found) return [{ subject: name, text: `lacks ${key}: set it as a sensitive environment variable` }];
    if (found.attributes.sensitive) return [];
    return [{ subject: name, text: `shows ${key} to all who may read it: replace it, as sensitive` }];
  });
}
