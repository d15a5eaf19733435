import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { Construct } from "constructs";
import { adminManagedPath } from "../constructs/identity/boundary-name.ts";
import { type PolicyStatement, policyDocument } from "../constructs/identity/policy-document.ts";
import { EcobeatStack, organization, projectName } from "../ecobeat-stack.ts";
import type { DeployTarget } from "./deploy-actions.ts";
import { toDeployLimits } from "./deploy-limits.ts";
import { type DeployPhase, toDeployStatements } from "./deploy-policies.ts";

export interface DeployRolesProps {
  /** Names of the workspaces whose runs may take the roles. */
  readonly workspaces: readonly string[];
  /** Resource types of the stacks, such as `aws_kms_key`. */
  readonly resourceTypes: ReadonlySet<string>;
}

const host = "app.terraform.io";
/** Who HCP Terraform's tokens are for, unless a workspace says otherwise. */
const audience = "aws.workload.identity";

/** What the roles themselves are made of. */
const roleTypes = [IamOpenidConnectProvider, IamPolicy, IamRole, IamRolePolicyAttachment].map(
  ({ tfResourceType }) => tfResourceType,
);

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxPolicyLength = 6_144;

/**
 * The two roles by which HCP Terraform deploys an environment. A run proves by a token of its own which workspace it belongs
 * to and whether it plans or applies, so that no key of AWS is kept anywhere. The plan role reads; the apply role also
 * changes what the stacks hold, and nothing else. Neither may change itself: an administrator does. Costs nothing.
 *
 * See docs/deploy-roles.md.
 *
 * @example
 * new DeployRoles(this, "deploy-roles", {
 *   workspaces: ["ecobeat-staging-service"], resourceTypes: new Set(["aws_kms_key"]),
 * });
 */
export class DeployRoles extends Construct {
  constructor(scope: Construct, id: string, props: DeployRolesProps) {
    super(scope, id);
    const { environment, namePrefix: name, region, accountId } = EcobeatStack.of(this);
    const { copyRegion } = environment.backup;
    const place = { name, environment: environment.name, accountId, apiDomain: environment.apiDomain };
    const regions = [region, ...(copyRegion ? [copyRegion] : [])];
    const provider = new IamOpenidConnectProvider(this, "provider", {
      url: `https://${host}`,
      clientIdList: [audience],
    });
    const limits = this.#addPolicy(
      name,
      "limits",
      "What no deploy role may do",
      toDeployLimits(place, regions),
    );
    for (const phase of ["plan", "apply"] as const) {
      const role = new IamRole(this, phase, {
        name: `${name}-deploy-${phase}`,
        path: adminManagedPath,
        description: `Taken by runs of HCP Terraform that ${phase}`,
        assumeRolePolicy: policyDocument(
          toTrustStatement(provider, projectName(environment), props.workspaces, phase),
        ),
      });
      for (const policy of [limits, ...this.#addPolicies(place, props.resourceTypes, phase)]) {
        new IamRolePolicyAttachment(this, `${phase}-${policy.node.id}`, {
          role: role.name,
          policyArn: policy.arn,
        });
      }
    }
  }

  #addPolicies(place: DeployTarget, resourceTypes: ReadonlySet<string>, phase: DeployPhase): IamPolicy[] {
    const types = [...resourceTypes, ...roleTypes];
    return Object.entries(toDeployStatements(types, place, phase)).map(([part, statements]) =>
      this.#addPolicy(place.name, `${phase}-${part}`, `What runs that ${phase} may do: ${part}`, statements),
    );
  }

  #addPolicy(name: string, id: string, description: string, statements: PolicyStatement[]) {
    const policy = policyDocument(...statements);
    if (policy.length > maxPolicyLength) {
      throw new Error(
        `The policy "${id}" of the deploy roles is ${policy.length} characters long. IAM takes ${maxPolicyLength}. ` +
          `Move some resource types to another file of stacks/deploy-permissions, which gets a policy of its own.`,
      );
    }
    return new IamPolicy(this, `policy-${id}`, {
      name: `${name}-deploy-${id}`,
      path: adminManagedPath,
      description,
      policy,
    });
  }
}

/** Who may take a role: the runs of one phase of the environment's own workspaces. */
function toTrustStatement(
  provider: IamOpenidConnectProvider,
  project: string,
  workspaces: readonly string[],
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
