import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { namePrefix } from "../../service/company.ts";
import type { Architecture } from "../build/native-binary.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { git } from "../git-mirror/git.ts";

/** The archives that a commit builds. */
export interface RebuiltArchives {
  /** Its full name. */
  readonly commit: string;
  readonly service: Uint8Array;
  readonly preTraffic: Uint8Array;
}

/** Installs the packages of a checkout. */
export type Install = (folder: string, signal: AbortSignal) => Promise<void>;

/** Builds the archives of a commit. */
export type Rebuild = (commit: string) => Promise<RebuiltArchives>;

/**
 * Variables that a build may see. It runs code of the commit and of its packages, and needs no credentials.
 * https://docs.npmjs.com/cli/v11/using-npm/config#environment-variables
 */
const passedVariables =
  /^(PATH|HOME|USER|LANG|LC_\w+|TMPDIR|NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy|npm_config_(registry|userconfig|cache|cafile))$/i;

/**
 * Builds the archives of a commit in a temporary worktree, with the packages of its lockfile, whose checksums npm compares. It uses
 * nothing of this checkout but its history.
 *
 * @param root folder of the repository
 * @param install @default `npm ci`
 * @throws {OperatorError} if this clone does not have the commit, or the build fails
 */
export async function rebuildArchives(
  root: string,
  commit: string,
  architecture: Architecture,
  install: Install = installPackages,
): Promise<RebuiltArchives> {
  const known = await findCommit(root, commit);
  const folder = await mkdtemp(join(tmpdir(), `${namePrefix}-rebuild-`));
  const checkout = join(folder, "checkout");
  try {
    return await runInterruptible(interruption, async (signal) => {
      await git(root, "worktree", "add", "--quiet", "--detach", checkout, known);
      await install(checkout, signal);
      await run(checkout, signal, "npm", "run", "bundle", "--", "--architecture", architecture);
      const read = (name: string) => readFile(join(checkout, "dist", `${name}.zip`));
      const [service, preTraffic] = await Promise.all([read(`lambda-${architecture}`), read("pre-traffic")]);
      return { commit: known, service, preTraffic };
    });
  } finally {
    // It does not exist if git could not create it.
    await git(root, "worktree", "remove", "--force", checkout).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

const interruption = {
  why: "The archives were not compared.",
  action: "Run the command again: it has changed nothing.",
};

async function findCommit(root: string, commit: string): Promise<string> {
  try {
    return (await git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`)).trim();
  } catch (cause) {
    throw new OperatorError("commit-not-in-clone", {
      what: "No archive was built again.",
      why: `This clone has no commit ${commit}.`,
      action: "Fetch it: `git fetch`, and in a shallow clone `git fetch --unshallow`.",
      cause,
    });
  }
}

/** Without their scripts, as everywhere: `docs/adr/0041-no-install-scripts.md`. */
const installPackages: Install = (folder, signal) =>
  run(folder, signal, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");

async function run(cwd: string, signal: AbortSignal, program: string, ...parameters: string[]): Promise<void> {
  const passed = Object.entries(process.env).filter(([name]) => passedVariables.test(name));
  // The version of Node.js that runs this command.
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const options = { cwd, signal, env: { ...Object.fromEntries(passed), PATH }, maxBuffer: Number.POSITIVE_INFINITY };
  await promisify(execFile)(program, parameters, options).catch((cause) => {
    signal.throwIfAborted();
    const output = `${cause.stdout ?? ""}\n${cause.stderr || cause.message}`.trim();
    throw new OperatorError("rebuild-failed", {
      what: `The archives were not built again: \`${program} ${parameters.join(" ")}\` failed.`,
      why: output.split("\n").slice(-20).join("\n"),
      action: "Correct the cause, and run the command again. If npm's registry does not respond, wait.",
      cause,
    });
  });
}
