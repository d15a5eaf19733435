import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The version of package.json and the commit of a checkout.
 * @param folder the repository. @default that of this file
 */
export function describeVersion(folder = join(import.meta.dirname, "..", "..")): string {
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${version} (${describeCommit(folder)})`;
}

function describeCommit(folder: string): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    // A copy within another repository is no checkout of this one.
    if (git("rev-parse", "--show-prefix")) return noCheckout;
    const changes = git("status", "--porcelain") ? ", with uncommitted changes" : "";
    return `commit ${git("rev-parse", "HEAD")}${changes}`;
  } catch {
    return noCheckout;
  }
}

const noCheckout = "not a git checkout, so the commit is unknown";
