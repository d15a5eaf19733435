import { OperatorError } from "../cli/errors.ts";
import { getObject, isObject, type JsonObject, type Stack } from "../terraform/synthesis.ts";
import { toWorkspaceRef, type WorkspaceRef } from "./deployed-stacks.ts";

/** A workspace as the synthesized stack requires it. */
export interface DesiredWorkspace extends WorkspaceRef {
  readonly terraformVersion: string;
  readonly executionMode: "remote" | "local";
  /** Workspaces that read its state. */
  readonly consumers: readonly string[];
  /** Workspaces whose applies trigger a run. */
  readonly sources: readonly string[];
  /** Names of sensitive variables that a person sets. */
  readonly sensitiveVariables: readonly string[];
}

/** A project with its workspaces, and the variables that they share. */
export interface DesiredProject {
  readonly organization: string;
  readonly name: string;
  /** Each after its sources. */
  readonly workspaces: readonly DesiredWorkspace[];
  /** Environment variables, none of them secret. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Credentials of a provider: https://registry.terraform.io/providers/mongodb/mongodbatlas/latest/docs#authentication */
const secretsByProvider: Readonly<Record<string, readonly string[]>> = {
  mongodbatlas: ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"],
};

/**
 * The projects and workspaces that stacks require.
 *
 * @param local names of the stacks with local execution
 * @throws {OperatorError} if one of these does not exist, or the stacks have no deploy roles
 */
export function toDesiredProjects(stacks: readonly Stack[], local: readonly string[] = []): DesiredProject[] {
  const names = stacks.map(({ name }) => name);
  const unknown = local.find((name) => !names.includes(name));
  if (unknown) {
    throw new OperatorError("unknown-stack", {
      what: `There is no stack ${unknown}.`,
      why: `The stacks are ${names.join(", ")}.`,
      action: "Correct the name after --local.",
    });
  }
  const projects = new Set(stacks.map((stack) => toWorkspaceRef(stack).project));
  return [...projects].map((project) => {
    const members = stacks.filter((stack) => toWorkspaceRef(stack).project === project);
    return toDesiredProject(members, local);
  });
}

function toDesiredProject(members: readonly Stack[], local: readonly string[]): DesiredProject {
  const { organization, project: name } = toWorkspaceRef(members[0]!);
  return {
    organization,
    name,
    workspaces: members.map((stack) => toDesiredWorkspace(stack, members, local.includes(stack.name))),
    variables: {
      // https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
      TFC_AWS_PROVIDER_AUTH: "true",
      TFC_AWS_PLAN_ROLE_ARN: findRoleArn("plan", name, members),
      TFC_AWS_APPLY_ROLE_ARN: findRoleArn("apply", name, members),
    },
  };
}

function toDesiredWorkspace(stack: Stack, stacks: readonly Stack[], isLocal: boolean): DesiredWorkspace {
  const workspace = toWorkspaceRef(stack);
  const terraform = getObject(stack.configuration, "terraform");
  return {
    ...workspace,
    terraformVersion: String(terraform.required_version),
    executionMode: isLocal ? "local" : "remote",
    consumers: stacks.filter((other) => listReadWorkspaces(other).includes(workspace.name)).map(({ name }) => name),
    sources: stack.dependencies,
    sensitiveVariables: Object.keys(getObject(terraform, "required_providers")).flatMap(
      (provider) => secretsByProvider[provider] ?? [],
    ),
  };
}

/** Names of the workspaces whose state a stack reads. */
const listReadWorkspaces = ({ configuration }: Stack): unknown[] =>
  getObjects(configuration, "data", "terraform_remote_state").map(
    (state) => getObject(state, "config", "workspaces").name,
  );

/** ARN of the role that runs assume in a phase. */
function findRoleArn(phase: "plan" | "apply", project: string, stacks: readonly Stack[]): string {
  for (const { configuration } of stacks) {
    const role = getObjects(configuration, "resource", "aws_iam_role").find(({ name }) =>
      String(name).startsWith(`${project}-deploy-${phase}-`),
    );
    if (role) return `arn:aws:iam::${getAccountId(configuration)}:role${role.path}${role.name}`;
  }
  throw new OperatorError("deploy-role-not-found", {
    what: `No stack of ${project} creates a role whose name begins with ${project}-deploy-${phase}-.`,
    why: `Runs assume it to ${phase}.`,
    action: "Add it: see docs/deploy-roles.md.",
  });
}

function getAccountId(configuration: JsonObject): unknown {
  const { aws } = getObject(configuration, "provider");
  const [provider] = Array.isArray(aws) ? aws : [];
  const accounts = isObject(provider) ? provider.allowed_account_ids : undefined;
  return Array.isArray(accounts) ? accounts[0] : undefined;
}

const getObjects = (configuration: JsonObject, ...keys: string[]): JsonObject[] =>
  Object.values(getObject(configuration, ...keys)).filter(isObject);
