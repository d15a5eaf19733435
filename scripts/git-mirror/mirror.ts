import { OperatorError } from "../cli/errors.ts";
import { git } from "./git.ts";

/** The options of `npm run ops -- git mirror` and `verify`. */
export interface MirrorOptions {
  /** The source remote. @default `origin` */
  from?: string;
  /** The repository. @default the current folder */
  folder?: string;
  /** Also overwrites branches that differ on a mirror, and deletes refs that only a mirror has. @default false */
  force?: boolean;
}

const mainRemote = "origin";

/** The object that each branch and tag names. */
type RemoteReferences = ReadonlyMap<string, string>;

/** Holds the source's branches and tags in the clone, so that the clone's own branches are neither changed nor pushed. */
const transit = "refs/mirror";

/**
 * Pushes every branch and tag of one remote to all others, and verifies that they are equal.
 *
 * Without `force`, a mirror's own commits stay: they may exist nowhere else.
 *
 * @returns the result as a sentence
 * @throws {OperatorError} if a mirror is unreachable or differs; the other mirrors are updated nevertheless
 */
export async function mirror({ from = mainRemote, folder = ".", force = false }: MirrorOptions): Promise<string> {
  const mirrors = await getMirrors(folder, from);
  await requireFullClone(folder);
  await getSource(folder, from);
  // Without --prune a branch that was deleted would be pushed again from the previous fetch.
  const fetched = [`+refs/heads/*:${transit}/heads/*`, `+refs/tags/*:${transit}/tags/*`];
  await git(folder, "fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", from, ...fetched);
  const pushed = [`${transit}/heads/*:refs/heads/*`, `${transit}/tags/*:refs/tags/*`];
  const parameters = force ? ["--force", "--prune"] : [];
  const failures: string[] = [];
  for (const name of mirrors) {
    try {
      await git(folder, "push", "--quiet", ...parameters, name, ...pushed);
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
    }
  }
  return verify({ from, folder }, failures);
}

/**
 * Verifies that all remotes have the same branches and tags.
 * @param failures of earlier steps, to be reported with the differences
 * @returns the result as a sentence
 * @throws {OperatorError} if a mirror is unreachable or differs
 */
export async function verify(
  { from = mainRemote, folder = "." }: MirrorOptions,
  failures: readonly string[] = [],
): Promise<string> {
  const mirrors = await getMirrors(folder, from);
  const source = await getSource(folder, from);
  const problems = [...failures];
  for (const name of mirrors) problems.push(...(await compare(folder, source, name)));
  if (problems.length === 0) {
    return `${mirrors.join(" and ")}: equal to ${from} in all ${source.size} branches and tags`;
  }
  throw new OperatorError("mirror-not-equal", {
    what: `Not all mirrors are equal to ${from}.`,
    why: ["The differences and errors are:", ...problems.map((problem) => `  ${problem}`), ""].join("\n"),
    action:
      "Run `npm run ops -- git mirror`. Review what only a mirror has: `npm run ops -- git mirror --force` deletes it.",
  });
}

async function compare(folder: string, source: RemoteReferences, mirror: string): Promise<string[]> {
  try {
    return findDifferences(source, await getReferences(folder, mirror)).map((found) => `${mirror}: ${found}`);
  } catch (error) {
    return [`${mirror}: ${(error as Error).message}`];
  }
}

async function requireFullClone(folder: string): Promise<void> {
  if ((await git(folder, "rev-parse", "--is-shallow-repository")).trim() === "false") return;
  throw new OperatorError("git-clone-shallow", {
    what: "This clone is shallow.",
    why: "It does not have old commits, and the mirrors would not have them either.",
    action: "Run `git fetch --unshallow` first.",
  });
}

/** All remotes but the source. */
async function getMirrors(folder: string, source: string): Promise<string[]> {
  const remotes = (await git(folder, "remote")).split("\n").filter(Boolean);
  if (!remotes.includes(source)) {
    throw new OperatorError("git-remote-not-found", {
      what: `There is no remote \`${source}\`.`,
      why: `This repository has these remotes: ${remotes.join(", ") || "none"}.`,
      action: "Name the source with --from.",
    });
  }
  const mirrors = remotes.filter((remote) => remote !== source);
  if (mirrors.length > 0) return mirrors;
  throw new OperatorError("git-mirror-missing", {
    what: `The repository has only the remote \`${source}\`.`,
    why: "If its host is lost, the repository is lost.",
    action: "Add a mirror: git remote add mirror URL",
  });
}

/**
 * The references of the source. An empty one is no source: its host has lost the repository, and the mirrors may have the only copy.
 * @throws {OperatorError} if it has none
 */
async function getSource(folder: string, from: string): Promise<RemoteReferences> {
  const source = await getReferences(folder, from);
  if (source.size > 0) return source;
  throw new OperatorError("git-source-empty", {
    what: `The remote ${from} has no branches and no tags, and the mirrors were not changed.`,
    why: "The repository was lost or created again, or the remote names another one.",
    action: `Follow runbooks/git-host-lost.md, or correct the address: git remote get-url ${from}`,
  });
}

/** Reads every branch and tag from the remote itself. */
async function getReferences(folder: string, remote: string): Promise<RemoteReferences> {
  const lines = (await git(folder, "ls-remote", "--heads", "--tags", "--refs", remote)).split("\n");
  return new Map(
    lines.filter(Boolean).map((line) => {
      const [object, name] = line.split("\t") as [string, string];
      return [name, object];
    }),
  );
}

/** One line for each branch or tag that differs. */
function findDifferences(source: RemoteReferences, mirror: RemoteReferences): string[] {
  const changed = [...source].flatMap(([name, object]) => {
    const mirrored = mirror.get(name);
    if (mirrored === object) return [];
    return mirrored
      ? [`${name} is ${mirrored.slice(0, 10)} and should be ${object.slice(0, 10)}`]
      : [`${name} is missing`];
  });
  const surplus = [...mirror.keys()].filter((name) => !source.has(name)).map((name) => `${name} is only there`);
  return [...changed, ...surplus];
}
