import { ConfigurationError } from "../../service/config.ts";
import type { Stack } from "../terraform/synthesis.ts";
import { isObject, type JsonObject, objectAt } from "../terraform/synthesis.ts";
import { type Place, workspaceOf } from "./deployed-stacks.ts";

/** A workspace as the synthesized stack wants it. */
export interface DesiredWorkspace extends Place {
  readonly terraformVersion: string;
  readonly executionMode: "remote" | "local";
  /** Workspaces that read its state. */
  readonly consumers: readonly string[];
  /** Workspaces after whose applies it is planned. */
  readonly sources: readonly string[];
  /** Names of sensitive variables that people set. */
  readonly sensitive: readonly string[];
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
const secretsOf: Readonly<Record<string, readonly string[]>> = {
  mongodbatlas: ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"],
};

/**
 * What HCP Terraform must have for stacks.
 *
 * @param local names of the stacks that somebody deploys with credentials of their own
 * @throws {ConfigurationError} if one is no stack, or the stacks have no deploy roles
 */
export function desiredProjects(stacks: readonly Stack[], local: readonly string[] = []): DesiredProject[] {
  const names = stacks.map(({ name }) => name);
  const unknown = local.find((name) => !names.includes(name));
  if (unknown) {
    throw new ConfigurationError(
      `${unknown} is none of the stacks: ${names.join(", ")}. Correct the name after --local.`,
    );
  }
  return [...new Set(stacks.map((stack) => workspaceOf(stack).project))].map((project) =>
    desiredProject(
      stacks.filter((stack) => workspaceOf(stack).project === project),
      local,
    ),
  );
}

function desiredProject(members: readonly Stack[], local: readonly string[]): DesiredProject {
  const { organization, project: name } = workspaceOf(members[0]!);
  return {
    organization,
    name,
    workspaces: members.map((stack) => desiredWorkspace(stack, members, local.includes(stack.name))),
    variables: {
      // https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
      TFC_AWS_PROVIDER_AUTH: "true",
      TFC_AWS_PLAN_ROLE_ARN: roleOf("plan", name, members),
      TFC_AWS_APPLY_ROLE_ARN: roleOf("apply", name, members),
    },
  };
}

function desiredWorkspace(stack: Stack, stacks: readonly Stack[], isLocal: boolean): DesiredWorkspace {
  const place = workspaceOf(stack);
  const terraform = objectAt(stack.configuration, "terraform");
  return {
    ...place,
    terraformVersion: String(terraform.required_version),
    executionMode: isLocal ? "local" : "remote",
    consumers: stacks.filter((other) => readStates(other).includes(place.name)).map(({ name }) => name),
    sources: stack.dependencies,
    sensitive: Object.keys(objectAt(terraform, "required_providers")).flatMap(
      (provider) => secretsOf[provider] ?? [],
    ),
  };
}

/** Names of the workspaces whose state a stack reads. */
const readStates = ({ configuration }: Stack): unknown[] =>
  objectsAt(configuration, "data", "terraform_remote_state").map(
    (state) => objectAt(state, "config", "workspaces").name,
  );

/** ARN of the role that runs take in one of their phases. */
function roleOf(phase: "plan" | "apply", project: string, stacks: readonly Stack[]): string {
  for (const { configuration } of stacks) {
    const role = objectsAt(configuration, "resource", "aws_iam_role").find(
      ({ name }) => name === `${project}-deploy-${phase}`,
    );
    if (role) return `arn:aws:iam::${accountOf(configuration)}:role${role.path}${role.name}`;
  }
  throw new ConfigurationError(
    `No stack of ${project} makes the role ${project}-deploy-${phase}, by which runs would ${phase}. See docs/deploy-roles.md.`,
  );
}

function accountOf(configuration: JsonObject): unknown {
  const { aws } = objectAt(configuration, "provider");
  const [provider] = Array.isArray(aws) ? aws : [];
  const accounts = isObject(provider) ? provider.allowed_account_ids : undefined;
  return Array.isArray(accounts) ? accounts[0] : undefined;
}

const objectsAt = (configuration: JsonObject, ...keys: string[]): JsonObject[] =>
  Object.values(objectAt(configuration, ...keys)).filter(isObject);
