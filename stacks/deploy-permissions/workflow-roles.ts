import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { Construct } from "constructs";
import { adminManagedPath } from "../constructs/identity/boundary-name.ts";
import { type PolicyStatement, policyDocument } from "../constructs/identity/policy-document.ts";
import { EcobeatStack } from "../ecobeat-stack.ts";
import { gitHubRepository } from "../environments/shared.ts";
import { promotionStatements, releaseStatements, restoreTestStatements } from "./workflow-permissions.ts";

/** Branch on which GitHub runs what is scheduled. */
const defaultBranch = "main";

const host = "token.actions.githubusercontent.com";
/** Who GitHub's tokens are for when AWS's own action asks for them. */
const audience = "sts.amazonaws.com";

/**
 * The roles by which GitHub's workflows release an environment and test its backups. A job proves by a token of its
 * own which repository it belongs to, and which environment of GitHub's or which branch, so that no key of AWS is kept
 * anywhere. Each role is for one subject, and its one policy is its boundary too: another one that somebody attaches adds
 * nothing. An administrator makes and changes them. Costs nothing.
 *
 * See docs/workflows.md.
 *
 * @example new WorkflowRoles(this, "workflow-roles");
 */
export class WorkflowRoles extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { environment, namePrefix: name, region, accountId } = EcobeatStack.of(this);
    const { deploymentConfiguration } = environment.functions;
    const { promotedTo } = environment;
    const place = { name, environment: environment.name, accountId, region, deploymentConfiguration };
    const provider = new IamOpenidConnectProvider(this, "provider", {
      url: `https://${host}`,
      clientIdList: [audience],
    });
    const add = (role: string, task: string, subject: string, statements: PolicyStatement[]) =>
      this.#addRole(name, provider, { role, task, subject, statements });
    add("release", "release", `environment:${environment.name}`, releaseStatements(place));
    add("restore-test", "test backups", `ref:refs/heads/${defaultBranch}`, restoreTestStatements(place));
    if (promotedTo) {
      add("release-reader", "see what to promote", `environment:${promotedTo}`, promotionStatements(place));
    }
  }

  #addRole(
    name: string,
    provider: IamOpenidConnectProvider,
    { role: id, task, subject, statements }: WorkflowRole,
  ): void {
    const policy = new IamPolicy(this, `policy-${id}`, {
      name: `${name}-deploy-${id}`,
      path: adminManagedPath,
      description: `What workflows that ${task} may do`,
      policy: policyDocument(...statements),
    });
    const role = new IamRole(this, id, {
      name: `${name}-deploy-${id}`,
      path: adminManagedPath,
      description: `Taken by workflows of GitHub that ${task}`,
      permissionsBoundary: policy.arn,
      assumeRolePolicy: policyDocument({
        sid: "Jobs",
        principals: { Federated: provider.arn },
        actions: ["sts:AssumeRoleWithWebIdentity"],
        conditions: {
          // https://docs.github.com/en/actions/reference/security/oidc
          StringEquals: { [`${host}:aud`]: audience, [`${host}:sub`]: `repo:${gitHubRepository}:${subject}` },
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
