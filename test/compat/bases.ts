import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import { OperatorError } from "../../scripts/cli/errors.ts";

/** An earlier version that serves requests next to this checkout's, or whose app is still in use. */
export interface Base {
  /** The complete hash. */
  readonly commit: string;
  readonly name: string;
}

/** Where the bases are listed. */
export const basesFile = join(repositoryRoot, "compatibility.json");

const commit = z.string().regex(/^[\da-f]{40}$/, "must be the 40 hexadecimal digits of a commit");
const format = z.strictObject({
  bases: z.array(z.strictObject({ commit, name: z.string().min(1) })).nonempty("must name a base"),
});

/** @throws {OperatorError} if the file is not a list of bases */
export async function readBases(file = basesFile): Promise<Base[]> {
  const text = await readFile(file, "utf8");
  try {
    return format.parse(JSON.parse(text)).bases;
  } catch (error) {
    throw new OperatorError("compatibility-bases-invalid", {
      what: `${file} does not list the versions to compare with.`,
      why: error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message,
      action: 'Write {"bases": [{"commit": "...", "name": "..."}]}, with complete hashes.',
    });
  }
}

/** Adds a release to the bases. One that is a base already stays as it is. */
export async function addBase({ commit, name }: Base, file = basesFile): Promise<void> {
  const bases = await readBases(file);
  if (bases.some((base) => base.commit === commit)) return;
  const lines = [...bases, { commit, name }].map(
    (each) => `    { "commit": "${each.commit}", "name": ${JSON.stringify(each.name)} }`,
  );
  await writeFile(file, `{\n  "bases": [\n${lines.join(",\n")}\n  ]\n}\n`);
}

/**
 * The complete hash of a commit.
 * @throws {OperatorError} if the clone does not know it
 */
export async function resolveCommit(revision: string, repository = repositoryRoot): Promise<string> {
  try {
    const words = ["rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`];
    return (await promisify(execFile)("git", words, { cwd: repository })).stdout.trim();
  } catch (cause) {
    throw new OperatorError("compatibility-base-unknown", {
      what: `${revision} is no commit of this clone.`,
      why: "A base is a commit that the clone has: a shallow clone lacks earlier ones.",
      action: "Fetch it, or correct its name.",
      cause,
    });
  }
}

/** Whether a clone has the files of a commit: a shallow one has those of the last commits alone. */
export const hasCommit = (hash: string, repository = repositoryRoot): Promise<boolean> =>
  promisify(execFile)("git", ["cat-file", "-e", `${hash}^{tree}`], { cwd: repository }).then(
    () => true,
    () => false,
  );
