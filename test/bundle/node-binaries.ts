import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import { hasCdktfTerminal } from "../../scripts/deploy/cdktf-terminal.ts";

const run = promisify(execFile);

/**
 * The releases on which the archives are tested, by major version. They are fixed because the packages' tags do not point at the
 * newest release of a major version. All exist for both architectures.
 */
const releases: Record<string, string> = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0" };

/** Releases on which the npm scripts must end. */
const oldReleases: Record<string, string> = { 16: "16.20.2", 18: "18.20.8" };

/** Such as `20 22 24`. */
export const requestedVersions = new Set((process.env.ECOBEAT_NODE_VERSIONS ?? "").split(/[\s,]+/).filter(Boolean));

/** A suite on the Node that runs the tests, and on the other releases that `ECOBEAT_NODE_VERSIONS` names. The rest is skipped. */
export function describeOnEachNode(body: (getNode: () => string) => void): void {
  describe(`on Node ${process.version}`, () => body(() => process.execPath));
  const requested = [...requestedVersions].filter((major) => !oldReleases[major]);
  for (const major of new Set([...Object.keys(releases), ...requested])) {
    if (releases[major] === process.versions.node) continue;
    let node: string;
    const suite = () => {
      before(async () => {
        node = await nodeBinary(major);
      });
      body(() => node);
    };
    if (requestedVersions.has(major)) describe(`on Node ${major}`, suite);
    else describe.skip(`on Node ${major} (skipped: ECOBEAT_NODE_VERSIONS does not name it)`, suite);
  }
}

/** Path of a Node binary. The first call downloads it from the npm registry into `.cache/`. */
export async function nodeBinary(major: string): Promise<string> {
  const release = releases[major] ?? oldReleases[major];
  if (!release) {
    throw new Error(
      `ECOBEAT_NODE_VERSIONS names Node ${major}, but must be some of ${Object.keys({ ...oldReleases, ...releases }).join(", ")}.`,
    );
  }
  const name = `node-linux-${process.arch}`;
  const prefix = join(repositoryRoot, ".cache", "node", release);
  const binary = join(prefix, "node_modules", name, "bin", "node");
  if (!existsSync(binary)) {
    // Other workers may need it at the same time: they must not run a binary that is not yet complete.
    const ownPrefix = `${prefix}.${process.pid}`;
    await run("npm", ["install", "--prefix", ownPrefix, "--no-save", "--no-audit", "--no-fund", `${name}@${release}`]);
    await rename(ownPrefix, prefix).catch(() => rm(ownPrefix, { recursive: true }));
  }
  return binary;
}

/** Path of a Node binary with which the CDKTF CLI starts: of the Node that runs the tests, or of the newest for which it does. */
export const cdktfNodeBinary = async (): Promise<string> =>
  (await hasCdktfTerminal()) ? process.execPath : nodeBinary("22");
