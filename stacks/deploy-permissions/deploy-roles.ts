import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { Construct } from "constructs";
import { terraformOrganization } from "../../service/company.ts";
import { previewEnvironment } from "../../service/contract.ts";
import { adminManagedPath } from "../constructs/identity/boundary-name.ts";
import { type PolicyStatement, policyDocument } from "../constructs/identity/policy-document.ts";
import { EcobeatStack, projectName } from "../ecobeat-stack.ts";
import { ConstructError } from "../errors.ts";
import { toDeployRoleName } from "../names.ts";
import { toDeployLimits } from "./deploy-limits.ts";
import { type DeployPhase, toDeployStatements } from "./deploy-policies.ts";

export interface DeployRolesProps {
  /** Names of the workspaces whose runs may assume the roles. */
  readonly workspaces: readonly string[];
  /** Resource types of the stacks, such as `aws_kms_key`. */
  readonly resourceTypes: ReadonlySet<string>;
}

const host = "app.terraform.io";
/** Audience of HCP Terraform's tokens, unless a workspace sets another. */
const audience = "aws.workload.identity";

/** Resource types of this construct, which the roles can read too. */
const roleTypes = [IamOpenidConnectProvider, IamPolicy, IamRole, IamRolePolicyAttachment].map(
  ({ tfResourceType }) => tfResourceType,
);

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxPolicyLength = 6_144;

/**
 * The two roles by which HCP Terraform deploys an environment. The token of a run says which workspace it belongs to and
 * whether it plans or applies, so that no access key is stored anywhere. The plan role reads. The apply role also changes the
 * resources of the stacks, and nothing else. Neither may change itself: an administrator does. Costs nothing.
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
    const stack = EcobeatStack.of(this);
    const { environment, namePrefix, region, accountId } = stack;
    const { copyRegion } = environment.backup;
    const { apiDomain } = environment;
    const target = {
      namePrefix,
      environment: environment.name,
      parameterEnvironments: [environment.name, ...(environment.previews ? [previewEnvironment] : [])],
      accountId,
      region,
      apiDomain,
    };
    const regions = [region, ...(copyRegion ? [copyRegion] : [])];
    // An account has one provider for each URL, and so its name has no region. The stacks of a second region must not create
    // another: they refer to this one by its ARN, arn:aws:iam::ACCOUNT:oidc-provider/app.terraform.io.
    const provider = new IamOpenidConnectProvider(this, "provider", {
      url: `https://${host}`,
      clientIdList: [audience],
    });
    const limits = this.#addPolicy("limits", "What no deploy role may do", toDeployLimits(target, regions));
    for (const phase of ["plan", "apply"] as const) {
      const role = new IamRole(this, phase, {
        name: toDeployRoleName(environment, phase),
        path: adminManagedPath,
        description: `For runs of HCP Terraform that ${phase}`,
        assumeRolePolicy: policyDocument(toTrustStatement(provider, projectName(environment), props.workspaces, phase)),
      });
      const parts = toDeployStatements([...props.resourceTypes, ...roleTypes], target, phase);
      const policies = Object.entries(parts).map(([part, statements]) =>
        this.#addPolicy(`${phase}-${part}`, `What runs that ${phase} may do: ${part}`, statements),
      );
      for (const policy of [limits, ...policies]) {
        new IamRolePolicyAttachment(this, `${phase}-${policy.node.id}`, { role: role.name, policyArn: policy.arn });
      }
    }
  }

  #addPolicy(id: string, description: string, statements: PolicyStatement[]): IamPolicy {
    const stack = EcobeatStack.of(this);
    const policy = policyDocument(...statements);
    if (policy.length > maxPolicyLength) {
      throw new ConstructError("deploy-policy-too-long", {
        what: `The policy "${id}" of the deploy roles has ${policy.length} characters.`,
        why: `IAM accepts at most ${maxPolicyLength}.`,
        action: "Move some resource types to another file of stacks/deploy-permissions, which has its own policy.",
      });
    }
    return new IamPolicy(this, `policy-${id}`, {
      name: stack.toGlobalName(stack.resourceName(`deploy-${id}`)),
      path: adminManagedPath,
      description,
      policy,
    });
  }
}

/** Lets the runs of one phase of the environment's own workspaces assume a role. */
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
            `organization:${terraformOrganization}:project:${project}:workspace:${workspace}:run_phase:${phase}`,
        ),
      },
    },
  };
}
