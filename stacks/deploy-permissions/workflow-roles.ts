import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { Construct } from "constructs";
import { gitHubRepository } from "../../service/company.ts";
import type { BackupBucket } from "../constructs/backup/backup-bucket.ts";
import { adminManagedPath } from "../constructs/identity/boundary-name.ts";
import { type PolicyStatement, policyDocument } from "../constructs/identity/policy-document.ts";
import { EcobeatStack } from "../ecobeat-stack.ts";
import { overrideEnvironment, previewGitHubEnvironments, toDeployRoleName } from "../names.ts";
import { previewStatements } from "./preview-actions.ts";
import {
  alarmOverrideStatements,
  exportReadStatements,
  promotionStatements,
  releaseStatements,
  restoreTestStatements,
} from "./workflow-permissions.ts";

/** The branch on which GitHub runs scheduled workflows. */
const defaultBranch = "main";

const host = "token.actions.githubusercontent.com";
/** Audience of the tokens that AWS's own action requests. */
const audience = "sts.amazonaws.com";

export interface WorkflowRolesProps {
  /** For the snapshots that Atlas exports. @default Atlas exports none */
  readonly exportBucket?: BackupBucket | undefined;
}

/**
 * The roles by which GitHub's workflows release an environment and test its backups. The token of a job says which repository
 * it belongs to, and which GitHub environment or branch, so that no access key is stored anywhere. Each role is for the
 * jobs of one task. Its one policy is also its boundary, so that attaching another policy adds nothing. An administrator creates and
 * changes these roles. Costs nothing.
 *
 * See docs/workflows.md.
 *
 * @example new WorkflowRoles(foundation, "workflow-roles", { exportBucket: foundation.exportBucket });
 */
export class WorkflowRoles extends Construct {
  constructor(scope: Construct, id: string, { exportBucket }: WorkflowRolesProps = {}) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { environment, region, accountId } = stack;
    const { name, promotedTo, previews, functions } = environment;
    const { deploymentConfiguration } = functions;
    const target = { environment: name, accountId, region, deploymentConfiguration };
    // Like that of HCP Terraform, an account has one provider for each URL: the stacks of a second region refer to this one.
    const provider = new IamOpenidConnectProvider(this, "provider", {
      url: `https://${host}`,
      clientIdList: [audience],
    });
    const add = (task: string, description: string, subjects: string[], statements: PolicyStatement[]) =>
      this.#addRole(provider, { task, description, subjects, statements });
    add("release", "release", [`environment:${name}`], releaseStatements(target));
    add(
      "release-override",
      "release while an alarm is in ALARM",
      [`environment:${overrideEnvironment(name)}`],
      alarmOverrideStatements(target),
    );
    add(
      "restore-test",
      "test backups",
      [`ref:refs/heads/${defaultBranch}`],
      [...restoreTestStatements(target), ...(exportBucket ? exportReadStatements(region, exportBucket) : [])],
    );
    if (promotedTo) {
      const subjects = [promotedTo, overrideEnvironment(promotedTo)].map((each) => `environment:${each}`);
      add("release-reader", "find what to promote", subjects, promotionStatements(target));
    }
    if (previews) {
      const subjects = previewGitHubEnvironments.map((each) => `environment:${each}`);
      add("preview", "create and destroy previews of pull requests", subjects, previewStatements(stack));
    }
  }

  #addRole(provider: IamOpenidConnectProvider, { task, description, subjects, statements }: WorkflowRole): void {
    const name = toDeployRoleName(EcobeatStack.of(this).environment, task);
    const policy = new IamPolicy(this, `policy-${task}`, {
      name,
      path: adminManagedPath,
      description: `What workflows that ${description} may do`,
      policy: policyDocument(...statements),
    });
    const role = new IamRole(this, task, {
      name,
      path: adminManagedPath,
      description: `For workflows of GitHub that ${description}`,
      permissionsBoundary: policy.arn,
      assumeRolePolicy: policyDocument({
        sid: "Jobs",
        principals: { Federated: provider.arn },
        actions: ["sts:AssumeRoleWithWebIdentity"],
        conditions: {
          // https://docs.github.com/en/actions/reference/security/oidc
          StringEquals: {
            [`${host}:aud`]: audience,
            [`${host}:sub`]: subjects.map((subject) => `repo:${gitHubRepository}:${subject}`),
          },
        },
      }),
    });
    new IamRolePolicyAttachment(this, `${task}-policy`, { role: role.name, policyArn: policy.arn });
  }
}

interface WorkflowRole {
  /** Names the role. */
  readonly task: string;
  /** What its workflows do. */
  readonly description: string;
  /** Ends of the subjects in GitHub's tokens. */
  readonly subjects: readonly string[];
  readonly statements: PolicyStatement[];
}
