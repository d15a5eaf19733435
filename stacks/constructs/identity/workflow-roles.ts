import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { Construct } from "constructs";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import {
  promotionStatements,
  type ReleasePlace,
  releaseStatements,
  verificationStatements,
} from "../../deploy-permissions/workflow-permissions.ts";
import { administeredPath } from "./permissions-boundary.ts";
import { type PolicyStatement, policyDocument } from "./policy-document.ts";

export interface WorkflowRolesProps extends ReleasePlace {
  /** The repository as GitHub's tokens name it, such as `ecobeat@1234/platform@5678`. */
  readonly repository: string;
  /** Branch on which GitHub runs what is scheduled. */
  readonly defaultBranch: string;
  /**
   * The environment that takes its releases from this one: its workflow may look at what runs here.
   *
   * @default nobody looks from elsewhere
   */
  readonly promotedTo?: DeployedEnvironment;
}

const host = "token.actions.githubusercontent.com";
/** Who GitHub's tokens are for when AWS's own action asks for them. */
const audience = "sts.amazonaws.com";

/**
 * The roles by which GitHub's workflows release an environment and have its backups proven. A job proves by a token of its
 * own which repository it belongs to, and which environment of GitHub's or which branch, so that no key of AWS is kept
 * anywhere. Each role is for one subject, and its one policy is its boundary too: another one that somebody attaches adds
 * nothing. An administrator makes and changes them. Costs nothing.
 *
 * See docs/workflows.md.
 */
export class WorkflowRoles extends Construct {
  constructor(scope: Construct, id: string, props: WorkflowRolesProps) {
    super(scope, id);
    const { environment, defaultBranch, promotedTo } = props;
    const provider = new IamOpenidConnectProvider(this, "provider", {
      url: `https://${host}`,
      clientIdList: [audience],
    });
    const add = (role: string, task: string, subject: string, statements: PolicyStatement[]) =>
      this.#addRole(props, provider, { role, task, subject, statements });
    add("release", "release", `environment:${environment}`, releaseStatements(props));
    add("verification", "prove backups", `ref:refs/heads/${defaultBranch}`, verificationStatements(props));
    if (promotedTo) {
      add("release-reader", "see what to promote", `environment:${promotedTo}`, promotionStatements(props));
    }
  }

  #addRole(
    { name, repository }: WorkflowRolesProps,
    provider: IamOpenidConnectProvider,
    { role: id, task, subject, statements }: WorkflowRole,
  ): void {
    const policy = new IamPolicy(this, `policy-${id}`, {
      name: `${name}-deploy-${id}`,
      path: administeredPath,
      description: `What workflows that ${task} may do`,
      policy: policyDocument(...statements),
    });
    const role = new IamRole(this, id, {
      name: `${name}-deploy-${id}`,
      path: administeredPath,
      description: `Taken by workflows of GitHub that ${task}`,
      permissionsBoundary: policy.arn,
      assumeRolePolicy: policyDocument({
        sid: "Jobs",
        principals: { Federated: provider.arn },
        actions: ["sts:AssumeRoleWithWebIdentity"],
        conditions: {
          // https://docs.github.com/en/actions/reference/security/oidc
          StringEquals: { [`${host}:aud`]: audience, [`${host}:sub`]: `repo:${repository}:${subject}` },
        },
      }),
    });
    new IamRolePolicyAttachment(this, `${id}-policy`, { role: role.name, policyArn: policy.arn });
  }
}

interface WorkflowRole {
  readonly role: string;
  /** What its workflows do. */
  readonly task: string;
  /** Who takes it, as GitHub's tokens end. */
  readonly subject: string;
  readonly statements: PolicyStatement[];
}
