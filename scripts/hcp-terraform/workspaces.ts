import type { DeployedEnvironment } from "../../service/contract.ts";
import { readAccess } from "./access.ts";
import { type Change, Changes } from "./changes.ts";
import { HcpTerraformClient } from "./client.ts";
import { withDeployedStacks } from "./deployed-stacks.ts";
import { settle } from "./settle.ts";
import { wantedProjects } from "./wanted.ts";

export interface WorkspacesOptions {
  readonly environment?: DeployedEnvironment;
  readonly dryRun: boolean;
  readonly json?: boolean;
  /** Stacks deployed with somebody's own credentials. @default none */
  readonly local?: readonly string[];
}

/** Exit status of a dry run that found differences. */
const differs = 2;

/**
 * `npm run ops -- workspaces`
 * @throws {ConfigurationError} what HCP Terraform refused
 */
export async function workspaces(options: WorkspacesOptions): Promise<void> {
  const { environment, dryRun, json, local } = options;
  const client = new HcpTerraformClient(await readAccess(process.env));
  const projects = await withDeployedStacks(environment, async (stacks) => wantedProjects(stacks, local));
  const changes = new Changes(dryRun, json ? console.error : console.log);
  const left: Change[] = [];
  for (const project of projects) left.push(...(await settle(project, client, changes)));
  if (json) console.log(JSON.stringify({ dryRun, changes: changes.made, leftToPeople: left }, undefined, 2));
  else {
    for (const { subject, text } of left) console.log(`left to you: ${subject} ${text}`);
    console.log(
      changes.made.length === 0
        ? "Nothing to change."
        : `${changes.made.length} ${dryRun ? "to make" : "made"}.`,
    );
  }
  if (dryRun && changes.made.length > 0) process.exitCode = differs;
}
