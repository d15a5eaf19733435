import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getObject, type Stack, synthesize } from "../terraform/synthesis.ts";

/**
 * Synthesizes the stacks as HCP Terraform deploys them, each after those it depends on, into a folder that is gone when
 * `work` has ended.
 *
 * @param environment the environment whose stacks are wanted; without one, all
 * @throws {OperatorError} when the stacks do not synthesize
 */
export async function withDeployedStacks<T>(
  environment: DeployedEnvironment | undefined,
  work: (stacks: readonly Stack[], folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-stacks-"));
  try {
    const stacks = await synthesize("main.ts", folder, process.env, "cloud");
    return await work(
      stacks.filter(({ name }) => !environment || name.startsWith(`ecobeat-${environment}-`)),
      folder,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where a stack keeps its state in HCP Terraform. */
export interface WorkspaceRef {
  readonly organization: string;
  readonly project: string;
  /** Name of the workspace. */
  readonly name: string;
}

/** The workspace of a stack. @throws {ConfigurationError} if the stack keeps its state elsewhere */
export function toWorkspaceRef({ name: stack, configuration }: Stack): WorkspaceRef {
  const { organization } = getObject(configuration, "terraform", "cloud");
  const { name, project } = getObject(configuration, "terraform", "cloud", "workspaces");
  if (typeof organization !== "string" || typeof name !== "string" || typeof project !== "string") {
    throw new ConfigurationError(
      `${stack} names no organization, project and workspace of HCP Terraform. Give it the backend of the other stacks.`,
    );
  }
  return { organization, project, name };
}
