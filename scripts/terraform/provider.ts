import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { getObject, type Stack } from "./synthesis.ts";

/**
 * Finds the newest version of hashicorp/aws in a folder for `terraform init -plugin-dir`, unpacked or as archives.
 * @returns undefined if there is none
 */
export async function findOfflineVersion(pluginFolder: string): Promise<string | undefined> {
  const folder = join(pluginFolder, "registry.terraform.io/hashicorp/aws");
  const entries = await readdir(folder).catch(() => []);
  const versions = entries.flatMap((entry) => /\d+\.\d+\.\d+/.exec(entry)?.[0] ?? []);
  return versions.sort(compareVersions).at(-1);
}

/** Finds the version constraint on hashicorp/aws that the stacks share. */
export function findVersionConstraint(stacks: readonly Stack[]): string | undefined {
  for (const { configuration } of stacks) {
    const { version } = getObject(configuration, "terraform", "required_providers", "aws");
    if (typeof version === "string") return version;
  }
  return undefined;
}

/** Whether a version is lower than the lowest that a constraint allows. */
export const isBelowConstraint = (version: string, constraint: string): boolean =>
  compareVersions(version, /\d+(\.\d+)*/.exec(constraint)?.[0] ?? "0") < 0;

const compareVersions = (left: string, right: string): number => left.localeCompare(right, "en", { numeric: true });

/**
 * Explains a failed `init` that could not find a provider: the registry is unreachable, or the folder does not have it.
 * @returns undefined if `init` failed for another reason, such as a version that does not exist
 */
export function explainUnavailableProvider(initOutput: string): string | undefined {
  const unreachable = /could not connect to|was not found in any of the\s+search locations|no such host/;
  if (!unreachable.test(initOutput)) return undefined;
  const [, reason = ""] = initOutput.slice(initOutput.indexOf("Error: ")).split("\n\n");
  return (
    `Terraform cannot find a provider. ${reason.replaceAll(/\s+/g, " ")}. Run the command where it can reach the registry, or set ` +
    "TF_PLUGIN_DIR to a folder that `terraform providers mirror` has filled."
  );
}
