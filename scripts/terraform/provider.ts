import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { getObject, type Stack } from "./synthesis.ts";

/**
 * The version of hashicorp/aws in a folder laid out for `terraform init -plugin-dir`, unpacked or as archives. The newest,
 * when there are several; undefined when there is none.
 */
export async function findOfflineVersion(pluginFolder: string): Promise<string | undefined> {
  const folder = join(pluginFolder, "registry.terraform.io/hashicorp/aws");
  const entries = await readdir(folder).catch(() => []);
  const versions = entries.flatMap((entry) => /\d+\.\d+\.\d+/.exec(entry)?.[0] ?? []);
  return versions.sort(compareVersions).at(-1);
}

/** The version constraint on hashicorp/aws that the stacks share, such as `~> 6.28`. */
export function findVersionConstraint(stacks: readonly Stack[]): string | undefined {
  for (const { configuration } of stacks) {
    const { version } = getObject(configuration, "terraform", "required_providers", "aws");
    if (typeof version === "string") return version;
  }
  return undefined;
}

/** Whether a version comes before the lowest that a constraint allows. */
export const isBelowConstraint = (version: string, constraint: string): boolean =>
  compareVersions(version, /\d+(\.\d+)*/.exec(constraint)?.[0] ?? "0") < 0;

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (a![part] ?? 0) - (b![part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * What to tell when Terraform had no way to a provider: no registry, or not in the folder. Undefined when `init` failed for
 * another reason, such as a version that does not exist.
 */
export function explainUnavailableProvider(initOutput: string): string | undefined {
  const unreachable = /could not connect to|was not found in any of the\s+search locations|no such host/;
  if (!unreachable.test(initOutput)) return undefined;
  const [, reason = ""] = initOutput.slice(initOutput.indexOf("Error: ")).split("\n\n");
  return (
    `Terraform has no way to a provider. ${reason.replaceAll(/\s+/g, " ")}. Run this where the registry can be ` +
    "reached, or set TF_PLUGIN_DIR to a folder that `terraform providers mirror` has filled."
  );
}
