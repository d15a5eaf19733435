import { CloudBackend, LocalBackend, NamedCloudWorkspace, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { ConstructError } from "./errors.ts";

/** Organization of all workspaces in HCP Terraform. */
export const organization = "ecobeat";

/** The versions of Terraform that plan and apply the stacks. */
export const terraformVersion = "~> 1.11";

/**
 * A stack whose state is in the HCP Terraform workspace of its name.
 *
 * With `ECOBEAT_BACKEND=local` the state is a file next to the stack: for the infrastructure test, never for a real account.
 */
export abstract class WorkspaceStack extends TerraformStack {
  /** @param project project of the workspace in HCP Terraform. @default that in which the workspace was created */
  constructor(scope: Construct, id: string, project?: string) {
    super(scope, id);
    const backend = process.env.ECOBEAT_BACKEND ?? "cloud";
    if (backend === "cloud") {
      new CloudBackend(this, { organization, workspaces: new NamedCloudWorkspace(id, project) });
    } else if (backend === "local") {
      // Relative to the stack's folder, so that the synthesized tree can be copied anywhere.
      new LocalBackend(this, { path: `../${id}/terraform.tfstate` });
    } else {
      throw new ConstructError("backend-unknown", {
        what: `ECOBEAT_BACKEND is "${backend}", which names no backend.`,
        why: "Stacks store their state in HCP Terraform, or in a file for the infrastructure test.",
        action: `Unset ECOBEAT_BACKEND, or set it to "cloud" or "local".`,
      });
    }
    this.addOverride("terraform.required_version", terraformVersion);
  }
}
