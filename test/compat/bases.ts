import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
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

/** Whether a clone has the files of a commit: a shallow one has those of the last commits alone. */
export const hasCommit = (hash: string, repository = repositoryRoot): Promise<boolean> =>
  promisify(execFile)("git", ["cat-file", "-e", `${hash}^{tree}`], { cwd: repository }).then(
    () => true,
    () => false,
  );
