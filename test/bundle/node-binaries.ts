import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../../scripts/build/archive.ts";

const run = promisify(execFile);

/**
 * The releases on which the bundle is proven, by major version. Fixed, as the packages' tags do not point at the
 * newest release of a major version; published for both architectures.
 */
const releases: Record<string, string> = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0" };

/** Major versions of Node that Lambda runs or has run. */
export const majorVersions = Object.keys(releases);

/** Those that `ECOBEAT_NODE_VERSIONS`, such as `20 22 24`, asks for. */
export const requestedVersions = new Set(
  (process.env.ECOBEAT_NODE_VERSIONS ?? "").split(/[\s,]+/).filter(Boolean),
);

/** Path of a Node binary, fetched from the npm registry into `.cache/` when it is asked for the first time. */
export async function nodeBinary(major: string): Promise<string> {
  const release = releases[major];
  if (!release) {
    throw new Error(
      `ECOBEAT_NODE_VERSIONS names Node ${major}, which is not among ${majorVersions.join(", ")}. ` +
        "Name major versions out of these.",
    );
  }
  const name = `node-linux-${process.arch}`;
  const prefix = join(repositoryRoot, ".cache", "node", release);
  const binary = join(prefix, "node_modules", name, "bin", "node");
  if (!existsSync(binary)) {
    await run("npm", [
      "install",
      "--prefix",
      prefix,
      "--no-save",
      "--no-audit",
      "--no-fund",
      `${name}@${release}`,
    ]);
  }
  return binary;
}
