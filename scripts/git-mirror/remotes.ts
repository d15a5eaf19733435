import { ConfigurationError } from "../../service/config.ts";
import { git } from "./git.ts";

/** The remote that people push to; the others are copies of it. */
export const mainRemote = "origin";

/** Branches and tags with the object that each names. */
export type References = ReadonlyMap<string, string>;

/**
 * The remotes that hold copies.
 * @throws {ConfigurationError} if the main remote is not configured, or no other is
 */
export async function copiesOf(folder: string, source: string): Promise<string[]> {
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
export async function referencesOf(folder: string, remote: string): Promise<References> {
  const lines = (await git(folder, "ls-remote", "--heads", "--tags", "--refs", remote)).split("\n");
  return new Map(
    lines.filter(Boolean).map((line) => {
      const [object, name] = line.split("\t") as [string, string];
      return [name, object];
    }),
  );
}

/** How a copy differs from its source, a line for each branch or tag; none if they are equal. */
export function differences(source: References, copy: References): string[] {
  const missingOrOther = [...source].flatMap(([name, object]) => {
    const copied = copy.get(name);
    if (copied === object) return [];
    return copied ? [`${name} is ${short(copied)} and should be ${short(object)}`] : [`${name} is missing`];
  });
  const surplus = [...copy.keys()].filter((name) => !source.has(name)).map((name) => `${name} is only there`);
  return [...missingOrOther, ...surplus];
}

const short = (object: string) => object.slice(0, 10);
