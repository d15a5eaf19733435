import { Aspects, CloudBackend, LocalBackend, NamedCloudWorkspace, TerraformProvider, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { terraformOrganization } from "../service/company.ts";
import { ConstructError } from "./errors.ts";
import { providerVersions } from "./providers.ts";

/** The versions of Terraform that plan and apply the stacks. */
export const terraformVersion = "~> 1.11";

/**
 * A stack whose state is in the HCP Terraform workspace of its name, and whose providers have exact versions.
 *
 * With `ECOBEAT_BACKEND=local` the state is a file next to the stack: for the infrastructure test, never for a real account.
 */
export abstract class WorkspaceStack extends TerraformStack {
  /** @param project project of the workspace in HCP Terraform. @default that in which the workspace was created */
  constructor(scope: Construct, id: string, project?: string) {
    super(scope, id);
    const backend = process.env.ECOBEAT_BACKEND ?? "cloud";
    if (backend === "cloud") {
      new CloudBackend(this, { organization: terraformOrganization, workspaces: new NamedCloudWorkspace(id, project) });
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
    Aspects.of(this).add({ visit: (construct) => this.#pinProvider(construct) });
  }

  #pinProvider(construct: IConstruct): void {
    if (!(construct instanceof TerraformProvider)) return;
    const name = construct.terraformResourceType;
    const version = providerVersions[name];
    if (!version) {
      throw new ConstructError("provider-version-missing", {
        what: `The stack "${this.node.id}" has the provider "${name}", which has no version.`,
        why: "A new release of a provider may plan other changes, so that the stacks require exact versions.",
        action: "Add its version to stacks/providers.ts.",
      });
    }
    this.addOverride(`terraform.required_providers.${name}.version`, version);
  }
}
