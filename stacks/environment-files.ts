import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { DeployedEnvironment } from "../service/contract.ts";

/** Files of the folder that are no environments. */
const otherFiles = ["index.ts", "shared.ts"];

/**
 * Names of the environments in AWS, in alphabetical order: those of the files in `stacks/environments/`. The command line
 * lists them as choices, and loads none of their values for that.
 */
export const environmentNames: readonly DeployedEnvironment[] = readdirSync(join(import.meta.dirname, "environments"))
  .filter((file) => file.endsWith(".ts") && !otherFiles.includes(file))
  .map((file) => file.slice(0, -".ts".length))
  .sort();
