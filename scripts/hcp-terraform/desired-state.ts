import { ConfigurationError } from "../../service/config.ts";
import type { Stack } from "../terraform/synthesis.ts";
import { getObject, isObject, type JsonObject } from "../terraform/synthesis.ts";
import { toWorkspaceRef, type WorkspaceRef } from "./deployed-stacks.ts";

/** A workspace as the synthesized stack wants it. */
export interface DesiredWorkspace extends WorkspaceRef {
  readonly terraformVersion: string;
  readonly executionMode: "remote" | "local";
  /** Workspaces that read its state. */
  readonly consumers: readonly string[];
  /** Workspaces after whose applies it is planned. */
  readonly sources: readonly string[];
  /** Names of sensitive variables that people set. */
  readonly sensitiveVariables: readonly string[];
}

/** A project and what all of its workspaces share. */
export interface DesiredProject {
  readonly organization: string;
  readonly name: string;
  /** Each after those it is planned after. */
  readonly workspaces: readonly DesiredWorkspace[];
  /** Environment variables, none of them secret. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What a provider asks people for: https://registry.terraform.io/providers/mongodb/mongodbatlas/latest/docs#authentication */
const secretsByProvider: Readonly<Record<string, readonly string[]>> = {
  mongodbatlas: ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"],
};

/**
 * What HCP Terraform must have for stacks.
 *
 * @param local names of the stacks that somebody deploys with credentials of their own
 * @throws {ConfigurationError} if one is no stack, or the stacks have no deploy roles
 */
export function toDesiredProjects(stacks: readonly Stack[], local: readonly string[] = []): DesiredProject[] {
  const names = stacks.map(({ name }) => name);
  const unknown = local.find((name) => !names.includes(name));
  if (unknown) {
    throw new ConfigurationError(
      `${unknown} is none of the stacks: ${names.join(", ")}. Correct the name after --local.`,
    );
  }
  return [...new Set(stacks.map((stack) => toWorkspaceRef(stack).project))].map((project) =>
    toDesiredProject(
      stacks.filter((stack) => toWorkspaceRef(stack).project === project),
      local,
    ),
  );
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
  const place = toWorkspaceRef(stack);
  const terraform = getObject(stack.configuration, "terraform");
  return {
    ...place,
    terraformVersion: String(terraform.required_version),
    executionMode: isLocal ? "local" : "remote",
    consumers: stacks
      .filter((other) => listReadWorkspaces(other).includes(place.name))
      .map(({ name }) => name),
    sources: stack.dependencies,
    sensitiveVariables: Object.keys(getObject(terraform, "required_providers")).flatMap(
      (provider) => secretsByProvider[provider] ?? [],
    ),
  };
}

/** Names of the workspaces whose state a stack reads. */
const listReadWorkspaces = ({ configuration }: Stack): unknown[] =>
  objectsAt(configuration, "data", "terraform_remote_state").map(
    (state) => getObject(state, "config", "workspaces").name,
  );

/** ARN of the role that runs take in one of their phases. */
function findRoleArn(phase: "plan" | "apply", project: string, stacks: readonly Stack[]): string {
  for (const { configuration } of stacks) {
    const role = objectsAt(configuration, "resource", "aws_iam_role").find(
      ({ name }) => name === `${project}-deploy-${phase}`,
    );
    if (role) return `arn:aws:iam::${getAccountId(configuration)}:role${role.path}${role.name}`;
  }
  throw new ConfigurationError(
    `No stack of ${project} makes the role ${project}-deploy-${phase}, by which runs would ${phase}. See docs/deploy-roles.md.`,
  );
}

function getAccountId(configuration: JsonObject): unknown {
  const { aws } = getObject(configuration, "provider");
  const [provider] = Array.isArray(aws) ? aws : [];
  const accounts = isObject(provider) ? provider.allowed_account_ids : undefined;
  return Array.isArray(accounts) ? accounts[0] : undefined;
}

const objectsAt = (configuration: JsonObject, ...keys: string[]): JsonObject[] =>
  Object.values(getObject(configuration, ...keys)).filter(isObject);
