import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { synthesize } from "../terraform/synthesis.ts";
import type { StackConfiguration } from "./resources.ts";

/**
 * Synthesizes all stacks into a folder that is gone afterwards.
 *
 * @returns the configurations of an environment's stacks, by name
 * @throws {ConfigurationError} when the stacks do not synthesize
 */
export async function synthesizedStacks(): Promise<
  (environment: DeployedEnvironment) => Record<string, StackConfiguration>
> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-cost-"));
  try {
    const stacks = await synthesize("main.ts", folder, process.env);
    return (environment) =>
      Object.fromEntries(
        stacks
          .filter(({ name }) => name.startsWith(`ecobeat-${environment}-`))
          .map(({ name, configuration }) => [name, configuration as StackConfiguration]),
      );
  } finally {
    await rm(folder, { recursive: true });
  }
}
