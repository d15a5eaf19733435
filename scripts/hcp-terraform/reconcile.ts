import type { DeployedEnvironment } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
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
import { type Change, createReconciliation, type Reconciliation } from "./reconciliation.ts";

/**
 * Reconciles HCP Terraform with the stacks in this folder.
 *
 * @param environment @default all environments
 * @param local names of the stacks with local execution
 * @param log receives a line for each change
 * @returns the changes, and those that only a person can make
 */
export async function reconcileStacks(
  environment: DeployedEnvironment | undefined,
  local: readonly string[] | undefined,
  dryRun: boolean,
  log: (line: string) => void,
): Promise<{ changes: readonly Change[]; manual: readonly Change[] }> {
  const client = new HcpTerraformClient(await readCredentials(process.env));
  const projects = await withDeployedStacks(environment, async (stacks) => toDesiredProjects(stacks, local));
  const reconciliation = createReconciliation(client, dryRun, log);
  const manual: Change[] = [];
  for (const project of projects) manual.push(...(await reconcile(project, reconciliation)));
  return { changes: reconciliation.changes, manual };
}

/**
 * Creates what a project does not have, and corrects what differs. After an interruption, the next run continues. Changes
 * nothing that belongs to no stack.
 *
 * @returns the changes that only a person can make
 */
export async function reconcile(project: DesiredProject, reconciliation: Reconciliation): Promise<Change[]> {
  const id = await reconcileProject(project, reconciliation);
  const ids = new Map<string, string>();
  for (const workspace of project.workspaces) {
    const found = await reconcileWorkspace(workspace, id, reconciliation);
    if (found) ids.set(workspace.name, found);
  }
  for (const workspace of project.workspaces) {
    await reconcileConsumers(workspace, ids, reconciliation);
    await reconcileTriggers(workspace, ids, reconciliation);
  }
  await reconcileVariables(project, id, reconciliation);
  const missing = await Promise.all(
    project.workspaces.map((workspace) => findMissingSecrets(workspace, ids, reconciliation)),
  );
  return missing.flat();
}

/** https://developer.hashicorp.com/terraform/cloud-docs/api-docs/projects */
async function reconcileProject(
  { organization, name }: DesiredProject,
  reconciliation: Reconciliation,
): Promise<string | undefined> {
  const { client } = reconciliation;
  if (!(await client.find(`/organizations/${organization}`))) {
    throw new OperatorError("hcp-terraform-organization-not-found", {
      what: `The token finds no organization ${organization} in HCP Terraform.`,
      why: "It does not exist, or the token has no access to it.",
      action: "Create it at https://app.terraform.io/app/organizations/new, or use a token of one of its owners.",
    });
  }
  const path = `/organizations/${organization}/projects`;
  const projects = await client.list(path, { "filter[names]": name });
  const project =
    projects.find(({ attributes }) => attributes.name === name) ??
    (await reconciliation.change(name, "is created", () =>
      client.create(path, { type: "projects", attributes: { name } }),
    ));
  return project?.id;
}

/** https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspace-variables, which returns no sensitive value. */
async function findMissingSecrets(
  { name, sensitiveVariables }: DesiredWorkspace,
  ids: WorkspaceIds,
  { client }: Reconciliation,
): Promise<Change[]> {
  if (sensitiveVariables.length === 0) return [];
  const present = ids.has(name) ? await client.list(`/workspaces/${ids.get(name)}/vars`) : [];
  return sensitiveVariables.flatMap((key) => {
    const found = present.find(({ attributes }) => attributes.key === key && attributes.category === "env");
    if (!found) return [{ subject: name, text: `has no ${key}: set it as a sensitive environment variable` }];
    if (found.attributes.sensitive) return [];
    return [{ subject: name, text: `exposes ${key} to its readers: replace it with a sensitive variable` }];
  });
}
