import { OperatorError } from "../cli/errors.ts";
import { confirm } from "../cli/prompt.ts";
import { git } from "./git.ts";

/** The options of `npm run ops -- git mirror` and `verify`. */
export interface MirrorOptions {
  /** The source remote. @default `origin` */
  from?: string;
  /** The repository. @default the current folder */
  folder?: string;
  /** Also overwrites branches that differ on a mirror, and deletes refs that only a mirror has. @default false */
  force?: boolean;
  /** Skips the confirmation of what `force` overwrites and deletes. */
  yes?: boolean;
  /** Pushes nothing. */
  dryRun?: boolean;
}

/** The result of `git mirror` and `git verify`, as in their JSON output. */
export interface MirrorResult {
  /** The source remote. */
  readonly from: string;
  /** The other remotes. */
  readonly mirrors: readonly string[];
  /** Number of branches and tags of the source. */
  readonly references: number;
  /** What was pushed. Empty: the mirrors are equal to the source. */
  readonly pushes: readonly MirrorPush[];
  readonly outcome: "equal" | "would push";
}

/** A branch or tag that a push changes on a mirror. */
export interface MirrorPush {
  readonly mirror: string;
  /** Such as `refs/heads/main`. */
  readonly reference: string;
  readonly change: "create" | "update" | "overwrite" | "delete";
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
 * @throws {OperatorError} if the operator does not confirm, or a mirror is unreachable or differs; the other mirrors are updated
 * nevertheless
 */
export async function mirror(options: MirrorOptions): Promise<MirrorResult> {
  const { from = mainRemote, folder = ".", force = false, yes, dryRun = false } = options;
  const mirrors = await getMirrors(folder, from);
  await requireFullClone(folder);
  const source = await getSource(folder, from);
  // Without --prune a branch that was deleted would be pushed again from the previous fetch.
  const fetched = [`+refs/heads/*:${transit}/heads/*`, `+refs/tags/*:${transit}/tags/*`];
  await git(folder, "fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", from, ...fetched);
  const pushed = [`${transit}/heads/*:refs/heads/*`, `${transit}/tags/*:refs/tags/*`];
  const parameters = force ? ["--force", "--prune"] : [];
  const push = async (isDryRun: boolean) => {
    const [pushes, failures]: [MirrorPush[], string[]] = [[], []];
    for (const name of mirrors) {
      try {
        const more = isDryRun ? [...parameters, "--dry-run"] : parameters;
        pushes.push(...parsePushes(name, await git(folder, "push", "--porcelain", ...more, name, ...pushed)));
      } catch (error) {
        failures.push(`${name}: ${(error as Error).message}`);
      }
    }
    return { pushes, failures };
  };
  if (dryRun) {
    const { pushes, failures } = await push(true);
    if (failures.length > 0) throw notEqual(from, failures);
    return { from, mirrors, references: source.size, pushes, outcome: "would push" };
  }
  if (force) {
    const lost = (await push(true)).pushes.filter(({ change }) => change === "overwrite" || change === "delete");
    const consequence = `${lost.map(formatPush).join("\n")}\nWhat only the mirrors have is lost.`;
    if (lost.length > 0) await confirm({ consequence, name: mirrors.join(" "), yes });
  }
  const { pushes, failures } = await push(false);
  return { ...(await verify({ from, folder }, failures)), pushes };
}

/** Such as `overwrite refs/heads/main of mirror`. */
export const formatPush = ({ mirror, reference, change }: MirrorPush): string => `${change} ${reference} of ${mirror}`;

/** Meanings of the flags in the output of `git push --porcelain`: https://git-scm.com/docs/git-push#_output */
const changes: Readonly<Record<string, MirrorPush["change"]>> = {
  " ": "update",
  "+": "overwrite",
  "-": "delete",
  "*": "create",
};

/** Lines are a flag, a tab, the references `from:to`, a tab and a summary. */
function parsePushes(mirror: string, output: string): MirrorPush[] {
  return output.split("\n").flatMap((line) => {
    const [, flag, reference] = /^(.)\t[^\t]*:([^\t:]+)\t/.exec(line) ?? [];
    const change = flag && changes[flag];
    return reference && change ? [{ mirror, reference, change }] : [];
  });
}

/**
 * Verifies that all remotes have the same branches and tags.
 * @param failures of earlier steps, to be reported with the differences
 * @throws {OperatorError} if a mirror is unreachable or differs
 */
export async function verify(
  { from = mainRemote, folder = "." }: MirrorOptions,
  failures: readonly string[] = [],
): Promise<MirrorResult> {
  const mirrors = await getMirrors(folder, from);
  const source = await getSource(folder, from);
  const problems = [...failures];
  for (const name of mirrors) problems.push(...(await compare(folder, source, name)));
  if (problems.length > 0) throw notEqual(from, problems);
  return { from, mirrors, references: source.size, pushes: [], outcome: "equal" };
}

/** The lines of a result. */
export const formatResult = ({ from, mirrors, references, pushes, outcome }: MirrorResult): string[] =>
  outcome === "would push"
    ? pushes.length > 0
      ? pushes.map((each) => `would ${formatPush(each)}`)
      : [`${mirrors.join(" and ")}: equal to ${from} already`]
    : [`${mirrors.join(" and ")}: equal to ${from} in all ${references} branches and tags`];

const notEqual = (from: string, problems: readonly string[]) =>
  new OperatorError("mirror-not-equal", {
    what: `Not all mirrors are equal to ${from}.`,
    why: ["The differences and errors are:", ...problems.map((problem) => `  ${problem}`), ""].join("\n"),
    action:
      "Run `npm run ops -- git mirror`. Review what only a mirror has: `npm run ops -- git mirror --force` deletes it.",
  });

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
