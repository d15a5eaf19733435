import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { type Stack, synthesize } from "../terraform/synthesis.ts";

/**
 * Synthesizes the stacks as HCP Terraform deploys them, each after those it depends on, into a folder that is gone when
 * `work` has ended.
 *
 * @param environment the environment whose stacks are wanted; without one, all
 * @throws {ConfigurationError} when the stacks do not synthesize
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
