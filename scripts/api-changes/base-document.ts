import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { OperatorError } from "../cli/errors.ts";
import type { Part } from "./document.ts";

const run = promisify(execFile);

const git = async (root: string, ...parameters: string[]): Promise<string> =>
  (await run("git", parameters, { cwd: root })).stdout.trim();

/**
 * The commit with which a checkout is compared: where it left `origin/main`. On `origin/main` itself, only uncommitted changes differ.
 *
 * @param reference another commit. @default as above
 * @throws {OperatorError} if the clone does not have it
 */
export async function findBase(root: string, reference?: string): Promise<string> {
  try {
    return reference
      ? await git(root, "rev-parse", "--verify", `${reference}^{commit}`)
      : await git(root, "merge-base", "origin/main", "HEAD");
  } catch (cause) {
    throw new OperatorError("api-base-missing", {
      what: `The API is compared with nothing: this clone does not have ${reference ?? "the commit where it left `origin/main`"}.`,
      why: "It is shallow, or has no branch `origin/main`.",
      action: "Run `git fetch --unshallow origin main`, or name a commit with --base.",
      cause,
    });
  }
}

/** The OpenAPI document of the sources in a folder. */
async function readDocument(folder: string): Promise<Part> {
  const { openApiDocument } = await import(pathToFileURL(join(folder, "service/openapi/document.ts")).href);
  return JSON.parse(JSON.stringify(openApiDocument()));
}

/** The OpenAPI document of a checkout, with its uncommitted changes. */
export const readOwnDocument: (root: string) => Promise<Part> = readDocument;

/**
 * The OpenAPI document of a commit, from its own sources and the packages of the checkout.
 * @throws {OperatorError} if they do not make one
 */
export async function readDocumentOf(root: string, commit: string): Promise<Part> {
  const cache = join(root, ".cache");
  await mkdir(cache, { recursive: true });
  // Within the repository, where Node.js finds its packages.
  const folder = await mkdtemp(join(cache, "api-base-"));
  try {
    const archive = join(folder, "service.tar");
    await git(root, "archive", `--output=${archive}`, commit, "service");
    await run("tar", ["-xf", archive, "-C", folder]);
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    return await readDocument(folder);
  } catch (cause) {
    throw new OperatorError("api-base-not-built", {
      what: `The sources of ${commit} make no OpenAPI document.`,
      why: (cause as Error).message,
      action: "If they need other packages than this checkout, name a later commit with --base.",
      cause,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The trailer of a commit message that accepts a breaking change. */
export const acceptingTrailer = "Breaks-API";

/** The values of {@link acceptingTrailer} in all commits since the base. */
export async function readAcceptedChanges(root: string, base: string): Promise<string[]> {
  const format = `--format=%(trailers:key=${acceptingTrailer},valueonly,unfold)`;
  const output = await git(root, "log", format, `${base}..HEAD`);
  return output.split("\n").filter(Boolean);
}
