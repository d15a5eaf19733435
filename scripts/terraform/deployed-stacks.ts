import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import { OperatorError } from "../cli/errors.ts";
import { getObject, type Stack, synthesize } from "./synthesis.ts";

/**
 * Synthesizes the environments' stacks as HCP Terraform deploys them, each after its dependencies, into a folder that exists
 * until `work` returns. The stack of HCP Terraform itself is of no environment, and needs a token of an owner.
 *
 * @param environment @default all environments
 * @throws {OperatorError} if the stacks do not synthesize
 */
export async function withDeployedStacks<T>(
  environment: DeployedEnvironment | undefined,
  work: (stacks: readonly Stack[], folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-stacks-"));
  try {
    const stacks = await synthesize("main.ts", folder, process.env, "cloud");
    const selected = environment ? [environment] : environmentNames;
    return await work(
      stacks.filter(({ name }) => selected.some((each) => name.startsWith(`${toNamePrefix(each)}-`))),
      folder,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A workspace in HCP Terraform. */
export interface WorkspaceRef {
  readonly organization: string;
  readonly project: string;
  /** Name of the workspace. */
  readonly name: string;
}

/** The workspace of a stack. @throws {OperatorError} if its state is not in HCP Terraform */
export function toWorkspaceRef({ name: stack, configuration }: Stack): WorkspaceRef {
  const { organization } = getObject(configuration, "terraform", "cloud");
  const { name, project } = getObject(configuration, "terraform", "cloud", "workspaces");
  if (typeof organization !== "string" || typeof name !== "string" || typeof project !== "string") {
    throw new OperatorError("stack-has-no-workspace", {
      what: `${stack} has no workspace in HCP Terraform.`,
      why: "Its backend names no organization, project and workspace.",
      action: "Give it the same backend as the other stacks.",
    });
  }
  return { organization, project, name };
}
