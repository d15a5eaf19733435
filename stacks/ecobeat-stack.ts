import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Aspects, CloudBackend, LocalBackend, NamedCloudWorkspace, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { administeredPath, boundaryArn } from "./constructs/identity/permissions-boundary.ts";
import { checkEnvironment } from "./environment-values.ts";
import type { Environment } from "./environments.ts";

/** Organization of all workspaces in HCP Terraform. */
export const organization = "ecobeat";

/** Project of an environment's workspaces in HCP Terraform. */
export const projectName = (environment: Environment): string => `ecobeat-${environment.name}`;

/** Full name of what is called `suffix` in an environment, such as `ecobeat-staging-auth`. */
export const resourceName = (environment: Environment, suffix: string): string =>
  `ecobeat-${environment.name}-${suffix}`;

/**
 * What all stacks share: the name, a workspace of that name in HCP Terraform, the AWS provider bound to the
 * environment's account and region, the tags, and the permissions boundary of every role.
 *
 * With `ECOBEAT_BACKEND=local` the state is a file beside the stack instead: for rehearsals, never for a real account.
 */
export abstract class EcobeatStack extends TerraformStack {
  readonly environment: Environment;
  /** What all that the stack makes is tagged with. The AWS provider sees to it by itself. */
  readonly tags: Readonly<Record<string, string>>;
  /** ARN of the boundary that every role of the stack carries. */
  protected boundary: string;

  constructor(scope: Construct, name: string, environment: Environment) {
    const id = resourceName(environment, name);
    super(scope, id);
    checkEnvironment(environment);
    this.environment = environment;
    this.tags = {
      environment: environment.name,
      stack: name,
      owner: "platform",
      "cost-centre": `ecobeat-${environment.name}`,
      "managed-by": "terraform",
    };
    this.boundary = boundaryArn({ name: `ecobeat-${environment.name}`, accountId: environment.accountId });
    Aspects.of(this).add({ visit: (construct) => this.#limit(construct) });
    this.#addBackend(id);
    new AwsProvider(this, "aws", this.#providerOf(environment.region));
    // The TLS policy of a REST API itself came with 6.53: https://github.com/hashicorp/terraform-provider-aws/pull/47973
    // The bindings were made from 6.25 and would ask for exactly that.
    this.addOverride("terraform.required_providers.aws.version", "~> 6.53");
    this.addOverride("terraform.required_version", "~> 1.11");
  }

  /** A provider of another region, for the same account and with the same tags. */
  protected addProvider(region: string): AwsProvider {
    return new AwsProvider(this, `aws-${region}`, { alias: region, ...this.#providerOf(region) });
  }

  /** A provider that tags nothing, for the same account and region: see where it is used. */
  protected addUntaggedProvider(): AwsProvider {
    const { defaultTags: _, ...provider } = this.#providerOf(this.environment.region);
    return new AwsProvider(this, "aws-untagged", { alias: "untagged", ...provider });
  }

  #limit(construct: IConstruct): void {
    if (construct instanceof IamRole && construct.pathInput !== administeredPath) {
      construct.permissionsBoundary = this.boundary;
    }
  }

  /** All that the stacks of this environment have made so far. */
  protected ofEnvironment(): IConstruct[] {
    const stacks = this.node.root.node.children.filter(
      (child) => child instanceof EcobeatStack && child.environment === this.environment,
    );
    return stacks.flatMap((stack) => stack.node.findAll());
  }

  #providerOf(region: string) {
    return {
      region,
      allowedAccountIds: [this.environment.accountId],
      defaultTags: [{ tags: { ...this.tags } }],
    };
  }

  #addBackend(id: string): void {
    const backend = process.env.ECOBEAT_BACKEND ?? "cloud";
    if (backend === "cloud") {
      new CloudBackend(this, {
        organization,
        workspaces: new NamedCloudWorkspace(id, projectName(this.environment)),
      });
    } else if (backend === "local") {
      // Relative to the stack's own folder, so that the synthesized tree may be copied anywhere and run there.
      new LocalBackend(this, { path: `../${id}/terraform.tfstate` });
    } else {
      throw new Error(
        `ECOBEAT_BACKEND is "${backend}", which names no backend. Stacks keep their state in HCP Terraform, or in a ` +
          `file for a rehearsal. Unset ECOBEAT_BACKEND, or set it to "cloud" or "local".`,
      );
    }
  }
}
