import { TerraformResource } from "cdktf";
import { DeployRoles } from "../constructs/identity/deploy-roles.ts";
import { WorkflowRoles } from "../constructs/identity/workflow-roles.ts";
import { type EcobeatStack, organization, projectName } from "../ecobeat-stack.ts";
import { gitHubRepository } from "../environments.ts";
import type { FoundationStack } from "../foundation.ts";

/**
 * Adds to an environment's foundation the roles by which HCP Terraform deploys the environment and GitHub's workflows release
 * it. Those of HCP Terraform may do what the stacks need, so that these must be complete.
 *
 * @param stacks all of the environment's, the foundation among them
 */
export function addDeployRoles(foundation: FoundationStack, stacks: readonly EcobeatStack[]): void {
  const { environment } = foundation;
  const { name, accountId, apiDomain, region, backup, functions, promotedTo } = environment;
  new WorkflowRoles(foundation, "workflow-roles", {
    name: `ecobeat-${name}`,
    environment: name,
    accountId,
    region,
    deploymentConfiguration: functions.deploymentConfiguration,
    repository: gitHubRepository,
    defaultBranch: "main",
    ...(promotedTo && { promotedTo }),
  });
  new DeployRoles(foundation, "deploy-roles", {
    name: `ecobeat-${name}`,
    environment: name,
    accountId,
    apiDomain,
    regions: [region, ...(backup.copyRegion ? [backup.copyRegion] : [])],
    organization,
    project: projectName(environment),
    workspaces: stacks.map((stack) => stack.node.id),
    resourceTypes: new Set(
      stacks
        .flatMap((stack) => stack.node.findAll())
        .filter((construct) => TerraformResource.isTerraformResource(construct))
        .map((resource) => resource.terraformResourceType),
    ),
  });
}
