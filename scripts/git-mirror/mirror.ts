import { ConfigurationError } from "../../service/config.ts";
import { git } from "./git.ts";

/** What `npm run ops -- git mirror` and `verify` take. */
export interface MirrorOptions {
  /** The remote to copy from. @default `origin` */
  from?: string;
  /** The repository. @default the current folder */
  folder?: string;
  /** Also replaces branches that a copy has moved elsewhere, and deletes what only a copy has. @default false */
  force?: boolean;
}

/** The remote that people push to; the others are copies of it. */
const mainRemote = "origin";

/** Branches and tags with the object that each names. */
type RemoteReferences = ReadonlyMap<string, string>;

/** Where the source's branches and tags are kept on their way, so that nobody's own branches are touched or sent. */
const transit = "refs/mirror";

/**
 * Sends every branch and tag of one remote to all others, and proves that they are equal then.
 *
 * A copy that has commits of its own is left as it is, unless `force` is set: they might be somebody's only ones.
 *
 * @returns what to tell whoever asked
 * @throws {ConfigurationError} when a copy could not be reached or is not equal; the others are done all the same
 */
export async function mirror({
  from = mainRemote,
  folder = ".",
  force = false,
}: MirrorOptions): Promise<string> {
  const copies = await getMirrors(folder, from);
  await requireFullClone(folder);
  // Without --prune a branch that was deleted would be sent again from the last time.
  const fetched = [`+refs/heads/*:${transit}/heads/*`, `+refs/tags/*:${transit}/tags/*`];
  await git(folder, "fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", from, ...fetched);
  const sent = [`${transit}/heads/*:refs/heads/*`, `${transit}/tags/*:refs/tags/*`];
  const refspecs = force ? sent.map((refspec) => `+${refspec}`) : sent;
  const failures: string[] = [];
  for (const copy of copies) {
    try {
      await git(folder, "push", "--quiet", ...(force ? ["--prune"] : []), copy, ...refspecs);
    } catch (error) {
      failures.push(`${copy}: ${(error as Error).message}`);
    }
  }
  return verify({ from, folder }, failures);
}

/**
 * Proves that all remotes have the same branches and tags.
 * @param failures what went wrong before, to be told with what is found
 * @returns what to tell whoever asked
 * @throws {ConfigurationError} when a copy cannot be reached or is not equal
 */
export async function verify(
  { from = mainRemote, folder = "." }: MirrorOptions,
  failures: string[] = [],
): Promise<string> {
  const copies = await getMirrors(folder, from);
  const source = await getReferences(folder, from);
  const problems = [...failures];
  for (const copy of copies) problems.push(...(await compare(folder, source, copy)));
  if (problems.length === 0) {
    return `${copies.join(" and ")}: equal to ${from} in all ${source.size} branches and tags`;
  }
  throw new ConfigurationError(
    [
      `Not all copies equal ${from}:`,
      ...problems.map((problem) => `  ${problem}`),
      "Run `git mirror`. What a copy has and the source has not is lost with `git mirror --force`: look at it first.",
    ].join("\n"),
  );
}

async function compare(folder: string, source: RemoteReferences, copy: string): Promise<string[]> {
  try {
    return differences(source, await getReferences(folder, copy)).map((found) => `${copy}: ${found}`);
  } catch (error) {
    return [`${copy}: ${(error as Error).message}`];
  }
}

/** What is cut off in a shallow clone would be missing in the copies. */
async function requireFullClone(folder: string): Promise<void> {
  if ((await git(folder, "rev-parse", "--is-shallow-repository")).trim() === "false") return;
  throw new ConfigurationError(
    "This clone is shallow: it lacks old commits, and so would the copies. Run `git fetch --unshallow` first.",
  );
}

/**
 * The remotes that hold copies.
 * @throws {ConfigurationError} if the main remote is not configured, or no other is
 */
async function getMirrors(folder: string, source: string): Promise<string[]> {
  const remotes = (await git(folder, "remote")).split("\n").filter(Boolean);
  if (!remotes.includes(source)) {
    throw new ConfigurationError(
      `There is no remote \`${source}\`: this repository has ${remotes.join(", ") || "none"}. ` +
        "Name the one to copy from with --from.",
    );
  }
  const copies = remotes.filter((remote) => remote !== source);
  if (copies.length > 0) return copies;
  throw new ConfigurationError(
    `\`${source}\` is the only remote. A repository that lives in one place is lost with it. ` +
      "Add another: git remote add <name> <URL>.",
  );
}

/** Every branch and tag of a remote, as the remote itself tells them now. */
async function getReferences(folder: string, remote: string): Promise<RemoteReferences> {
  const lines = (await git(folder, "ls-remote", "--heads", "--tags", "--refs", remote)).split("\n");
  return new Map(
    lines.filter(Boolean).map((line) => {
      const [object, name] = line.split("\t") as [string, string];
      return [name, object];
    }),
  );
}

/** How a copy differs from its source, a line for each branch or tag; none if they are equal. */
function differences(source: RemoteReferences, copy: RemoteReferences): string[] {
  const missingOrOther = [...source].flatMap(([name, object]) => {
    const copied = copy.get(name);
    if (copied === object) return [];
    return copied ? [`${name} is ${short(copied)} and should be ${short(object)}`] : [`${name} is missing`];
  });
  const surplus = [...copy.keys()].filter((name) => !source.has(name)).map((name) => `${name} is only there`);
  return [...missingOrOther, ...surplus];
}

const short = (object: string) => object.slice(0, 10);
