import { TerraformResource } from "cdktf";
import type { EcobeatStack } from "../ecobeat-stack.ts";
import type { FoundationStack } from "../foundation.ts";
import { DeployRoles } from "./deploy-roles.ts";
import { WorkflowRoles } from "./workflow-roles.ts";

/**
 * Adds to an environment's foundation the roles by which HCP Terraform deploys the environment and GitHub's workflows release
 * it. Call it last: the permissions of the deploy roles follow from the resources in the stacks.
 *
 * @param stacks all stacks of the environment, with the foundation
 */
export function addDeployRoles(foundation: FoundationStack, stacks: readonly EcobeatStack[]): void {
  new WorkflowRoles(foundation, "workflow-roles", { exportBucket: foundation.exportBucket });
  new DeployRoles(foundation, "deploy-roles", {
    workspaces: stacks.map((stack) => stack.node.id),
    resourceTypes: new Set(
      stacks
        .flatMap((stack) => stack.node.findAll())
        .filter((construct) => TerraformResource.isTerraformResource(construct))
        .map((resource) => resource.terraformResourceType),
    ),
  });
}
