import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { Construct } from "constructs";
import type { DeployPlace } from "../../deploy-permissions/deploy-actions.ts";
import { deployLimits } from "../../deploy-permissions/deploy-limits.ts";
import { type DeployPhase, deployStatements } from "../../deploy-permissions/deploy-policies.ts";
import { administeredPath } from "./permissions-boundary.ts";
import { type PolicyStatement, policyDocument } from "./policy-document.ts";

export interface DeployRolesProps extends DeployPlace {
  /** Regions in which the environment's stacks have anything. */
  readonly regions: readonly string[];
  /** Organization in HCP Terraform. */
  readonly organization: string;
  /** Project of the workspaces. */
  readonly project: string;
  /** Names of the workspaces whose runs may take the roles. */
  readonly workspaces: readonly string[];
  /** Resource types of the stacks, such as `aws_kms_key`. */
  readonly resourceTypes: ReadonlySet<string>;
}

const host = "app.terraform.io";
/** Who HCP Terraform's tokens are for, unless a workspace says otherwise. */
const audience = "aws.workload.identity";

/** What the roles themselves are made of. */
const ownTypes = [IamOpenidConnectProvider, IamPolicy, IamRole, IamRolePolicyAttachment].map(
  ({ tfResourceType }) => tfResourceType,
);

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const policyCharacters = 6_144;

/**
 * The two roles by which HCP Terraform deploys an environment. A run proves by a token of its own which workspace it belongs
 * to and whether it plans or applies, so that no key of AWS is kept anywhere. The plan role reads; the apply role also
 * changes what the stacks hold, and nothing else. Neither may change itself: an administrator does. Costs nothing.
 *
 * See docs/deploy-roles.md.
 */
export class DeployRoles extends Construct {
  constructor(scope: Construct, id: string, props: DeployRolesProps) {
    super(scope, id);
    const provider = new IamOpenidConnectProvider(this, "provider", {
      url: `https://${host}`,
      clientIdList: [audience],
    });
    const limits = this.#addPolicy(props, "limits", "What no deploy role may do", [
      ...deployLimits(props, props.regions),
    ]);
    for (const phase of ["plan", "apply"] as const) {
      const role = new IamRole(this, phase, {
        name: `${props.name}-deploy-${phase}`,
        path: administeredPath,
        description: `Taken by runs of HCP Terraform that ${phase}`,
        assumeRolePolicy: policyDocument(trust(provider, props, phase)),
      });
      for (const policy of [limits, ...this.#addPolicies(props, phase)]) {
        new IamRolePolicyAttachment(this, `${phase}-${policy.node.id}`, {
          role: role.name,
          policyArn: policy.arn,
        });
      }
    }
  }

  #addPolicies(props: DeployRolesProps, phase: DeployPhase): IamPolicy[] {
    const types = [...props.resourceTypes, ...ownTypes];
    return Object.entries(deployStatements(types, props, phase)).map(([part, statements]) =>
      this.#addPolicy(props, `${phase}-${part}`, `What runs that ${phase} may do: ${part}`, statements),
    );
  }

  #addPolicy({ name }: DeployRolesProps, id: string, description: string, statements: PolicyStatement[]) {
    const policy = policyDocument(...statements);
    if (policy.length > policyCharacters) {
      throw new Error(
        `The policy "${id}" of the deploy roles is ${policy.length} characters long. IAM takes ${policyCharacters}. ` +
          `Move some resource types to another file of stacks/deploy, which gets a policy of its own.`,
      );
    }
    return new IamPolicy(this, `policy-${id}`, {
      name: `${name}-deploy-${id}`,
      path: administeredPath,
      description,
      policy,
    });
  }
}

/** Who may take a role: the runs of one phase of the environment's own workspaces. */
function trust(
  provider: IamOpenidConnectProvider,
  { organization, project, workspaces }: DeployRolesProps,
  phase: DeployPhase,
): PolicyStatement {
  return {
    sid: "Runs",
    principals: { Federated: provider.arn },
    actions: ["sts:AssumeRoleWithWebIdentity"],
    conditions: {
      // https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
      StringEquals: {
        [`${host}:aud`]: audience,
        [`${host}:sub`]: workspaces.map(
          (workspace) =>
            `organization:${organization}:project:${project}:workspace:${workspace}:run_phase:${phase}`,
        ),
      },
    },
  };
}
