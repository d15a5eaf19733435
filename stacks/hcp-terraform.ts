import { Project } from "@cdktf/provider-tfe/lib/project/index.js";
import { ProjectVariableSet } from "@cdktf/provider-tfe/lib/project-variable-set/index.js";
import { TfeProvider } from "@cdktf/provider-tfe/lib/provider/index.js";
import { Team } from "@cdktf/provider-tfe/lib/team/index.js";
import { TeamAccess } from "@cdktf/provider-tfe/lib/team-access/index.js";
import { TeamProjectAccess } from "@cdktf/provider-tfe/lib/team-project-access/index.js";
import { Variable } from "@cdktf/provider-tfe/lib/variable/index.js";
import { VariableSet } from "@cdktf/provider-tfe/lib/variable-set/index.js";
import { Workspace } from "@cdktf/provider-tfe/lib/workspace/index.js";
import { WorkspaceSettings } from "@cdktf/provider-tfe/lib/workspace-settings/index.js";
import { WorkspaceVariableSet } from "@cdktf/provider-tfe/lib/workspace-variable-set/index.js";
import { type App, Lazy, TerraformRemoteState } from "cdktf";
import { Construct } from "constructs";
import { terraformOrganization } from "../service/company.ts";
import { previewEnvironment, toNamePrefix } from "../service/contract.ts";
import { adminManagedPath } from "./constructs/identity/boundary-name.ts";
import { EcobeatStack, projectName } from "./ecobeat-stack.ts";
import { FoundationStack } from "./foundation.ts";
import { hcpTerraformStackName, toDeployRoleName } from "./names.ts";
import { terraformVersion, WorkspaceStack } from "./workspace-stack.ts";

/**
 * What HCP Terraform needs to deploy the other stacks of the app: projects, workspaces, variables and teams. Create it last,
 * since it contains a workspace for each stack that exists then. Its own workspace has local execution and is created
 * manually: see docs/bootstrap.md. It contains no secret: a person sets tokens and API keys.
 *
 * No workspace has a run trigger. A triggered run waits for confirmation, and later runs of its workspace wait behind it: the
 * staging workflow would wait, too. The workflows deploy the stacks in order instead.
 */
export class HcpTerraformStack extends WorkspaceStack {
  constructor(app: App) {
    super(app, hcpTerraformStackName);
    new TfeProvider(this, "tfe", { organization: terraformOrganization });
    const plans = createTeam(this, "plans");
    const stacks = app.node.children.filter((child) => child instanceof EcobeatStack);
    for (const environment of new Set(stacks.map((stack) => stack.environment))) {
      new EnvironmentProject(this, environment.name, {
        stacks: stacks.filter((stack) => stack.environment === environment),
        plans,
      });
    }
  }
}

/** Only an owner of the organization creates its tokens: a state would contain them. */
const createTeam = (scope: Construct, name: string): Team =>
  new Team(scope, `team-${name}`, { name, visibility: "secret", allowMemberTokenManagement: false });

interface EnvironmentProjectProps {
  /** All stacks of one environment. */
  readonly stacks: readonly EcobeatStack[];
  /** Team that plans all workspaces. */
  readonly plans: Team;
}

/** The project of an environment. */
class EnvironmentProject extends Construct {
  readonly #project: Project;
  readonly #workspaces: ReadonlyMap<EcobeatStack, Workspace>;

  constructor(scope: Construct, id: string, { stacks, plans }: EnvironmentProjectProps) {
    super(scope, id);
    const { environment } = stacks[0]!;
    this.#project = new Project(this, "project", {
      name: projectName(environment),
      description: `Stacks of the environment ${environment.name}`,
      lifecycle: { preventDestroy: true },
    });
    this.#workspaces = new Map(stacks.map((stack) => [stack, this.#addWorkspace(stack)]));
    for (const [stack, workspace] of this.#workspaces) {
      new WorkspaceSettings(this, `${stack.node.id}-settings`, {
        workspaceId: workspace.id,
        executionMode: stack instanceof FoundationStack && environment.localFoundation ? "local" : "remote",
        globalRemoteState: false,
        // Lazily: CDKTF adds data sources of other states only when it synthesizes the stacks that read them.
        remoteStateConsumerIds: Lazy.listValue({ produce: () => this.#findConsumers(stack) }),
      });
      // Only an administrator of a workspace can read the JSON of its plans:
      // https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans
      new TeamAccess(this, `${stack.node.id}-plans`, { workspaceId: workspace.id, teamId: plans.id, access: "admin" });
    }
    new TeamProjectAccess(this, "team-access", {
      projectId: this.#project.id,
      teamId: createTeam(this, environment.name).id,
      access: "custom",
      workspaceAccess: [{ runs: "apply", stateVersions: "read" }],
    });
    this.#addDeployRoles(stacks[0]!);
    this.#addAtlasKeys();
    if (environment.previews) this.#addPreviews();
  }

  #addWorkspace({ node: { id: name } }: EcobeatStack): Workspace {
    return new Workspace(this, name, {
      name,
      description: "The stack of the same name in the platform repository",
      projectId: this.#project.id,
      terraformVersion,
      autoApply: false,
      queueAllRuns: false,
      // Its state would be lost.
      lifecycle: { preventDestroy: true },
    });
  }

  /** Ids of the workspaces that read the state of a stack. */
  #findConsumers(source: EcobeatStack): string[] {
    const reads = ({ node: { id } }: TerraformRemoteState) => id.endsWith(source.node.id);
    return [...this.#workspaces]
      .filter(([stack]) => stack.node.children.some((child) => child instanceof TerraformRemoteState && reads(child)))
      .map(([, workspace]) => workspace.id);
  }

  /**
   * The project of previews, whose workspaces come and go with pull requests: the team creates and deletes them. They have local
   * execution, so that no role and no key of this environment is a variable there. The team reads what their stacks refer to: the
   * outputs of the foundation.
   */
  #addPreviews(): void {
    const project = new Project(this, "previews-project", {
      name: toNamePrefix(previewEnvironment),
      description: "Previews of pull requests",
      lifecycle: { preventDestroy: true },
    });
    const teamId = createTeam(this, "previews").id;
    new TeamProjectAccess(this, "previews-team-access", {
      projectId: project.id,
      teamId,
      access: "custom",
      workspaceAccess: [{ create: true, delete: true, locking: true, runs: "read", stateVersions: "write" }],
    });
    for (const [stack, workspace] of this.#workspaces) {
      if (!(stack instanceof FoundationStack)) continue;
      new TeamAccess(this, `${stack.node.id}-previews`, {
        workspaceId: workspace.id,
        teamId,
        permissions: [
          {
            runs: "read",
            variables: "none",
            stateVersions: "read-outputs",
            sentinelMocks: "none",
            workspaceLocking: false,
            runTasks: false,
          },
        ],
      });
    }
  }

  /** Names the roles of remote runs to AWS's provider. */
  #addDeployRoles({ environment, accountId }: EcobeatStack): void {
    const set = new VariableSet(this, "deploy-roles", {
      name: `${projectName(environment)}-deploy-roles`,
      description: "Roles that remote runs assume in AWS",
    });
    new ProjectVariableSet(this, "deploy-roles-project", { projectId: this.#project.id, variableSetId: set.id });
    const toArn = (phase: string) =>
      `arn:aws:iam::${accountId}:role${adminManagedPath}${toDeployRoleName(environment, phase)}`;
    const variables = {
      // https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
      TFC_AWS_PROVIDER_AUTH: "true",
      TFC_AWS_PLAN_ROLE_ARN: toArn("plan"),
      TFC_AWS_APPLY_ROLE_ARN: toArn("apply"),
    };
    for (const [key, value] of Object.entries(variables)) {
      new Variable(this, key, { variableSetId: set.id, key, value, category: "env" });
    }
  }

  /** An empty variable set for the workspaces that call Atlas: a person sets the API key in it. */
  #addAtlasKeys(): void {
    const set = new VariableSet(this, "atlas", {
      name: `${this.#project.nameInput}-atlas`,
      description:
        "MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY, set manually as sensitive variables",
    });
    for (const [stack, workspace] of this.#workspaces) {
      if (!stack.allProviders().some(({ terraformResourceType }) => terraformResourceType === "mongodbatlas")) continue;
      new WorkspaceVariableSet(this, `${stack.node.id}-atlas`, { workspaceId: workspace.id, variableSetId: set.id });
    }
  }
}
