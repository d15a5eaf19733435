import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { GetFunctionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { functionArchitecture } from "../../stacks/environments/shared.ts";
import { getStatedCommit, isStatementOf, type ProvenanceStatement, readStatement } from "../build/provenance.ts";
import { OperatorError } from "../cli/errors.ts";
import { git } from "../git-mirror/git.ts";

/** An archive that Lambda runs. */
export interface ReleaseArchive {
  readonly bytes: Uint8Array;
  /** Base64 of its SHA-256, like Lambda's `CodeSha256`. */
  readonly sha256: string;
  /** The commit that it was built from. @default unknown */
  readonly commit?: string;
  /** From what it was built. @default unknown */
  readonly statement?: ProvenanceStatement;
}

/** The archives of one release. */
export interface ReleaseArchives {
  /** What `api`, `auth` and `migrate` run. */
  readonly service: ReleaseArchive;
  /** What `pre-traffic` runs. @default it keeps its archive */
  readonly preTraffic?: ReleaseArchive;
}

const downloadTimeoutMs = 60_000;

/** Base64 of the SHA-256. */
const computeSha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/**
 * Builds the archives of this checkout.
 * @throws {OperatorError} if the checkout differs from its commit
 */
export async function buildArchives(): Promise<ReleaseArchives> {
  const { buildLambdaArchive, buildPreTrafficArchive, repositoryRoot } = await import("../build/archive.ts");
  const { buildWithStatements } = await import("../build/statements.ts");
  const commit = await getCleanCommit(repositoryRoot);
  const { archives } = await buildWithStatements(repositoryRoot, functionArchitecture, () =>
    Promise.all([buildLambdaArchive(functionArchitecture), buildPreTrafficArchive()]),
  );
  const [service, preTraffic] = await Promise.all(archives.map(({ path }) => readArchive(path)));
  return { service: { ...service!, commit }, preTraffic: preTraffic! };
}

/**
 * Reads an archive, and its statement of provenance next to it.
 * @throws {OperatorError} if there is no archive at the path, or the statement is about another one
 */
export async function readArchive(path: string): Promise<ReleaseArchive> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new OperatorError("archive-not-readable", {
      what: "Nothing was released.",
      why: `${path} cannot be read (${cause.code}).`,
      action: "Correct the path, or build an archive with `npm run bundle`.",
      cause,
    });
  });
  // A ZIP file's first bytes: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7
  if (bytes.readUInt32LE(0) !== 0x04034b50) {
    throw new OperatorError("archive-not-zip", {
      what: "Nothing was released.",
      why: `${path} is not a ZIP archive.`,
      action: "Name an archive that `npm run bundle` has built.",
    });
  }
  const sha256 = computeSha256(bytes);
  const statement = await readStatement(path);
  if (statement && !isStatementOf(statement, sha256)) {
    throw new OperatorError("statement-of-another-archive", {
      what: "Nothing was released.",
      why: `The statement of provenance next to ${path} is about an archive with another SHA-256 than ${sha256}.`,
      action: "Build the archive again with `npm run bundle`, or copy both files of one build.",
    });
  }
  const commit = statement && getStatedCommit(statement);
  return { bytes, sha256, ...(commit && { commit }), ...(statement && { statement }) };
}

/**
 * The commit of a checkout.
 * @throws {OperatorError} if the checkout has uncommitted changes: the release log could not name what was released
 */
export async function getCleanCommit(folder: string): Promise<string> {
  const changed = (await git(folder, "status", "--porcelain")).trimEnd();
  if (!changed) return (await git(folder, "rev-parse", "HEAD")).trim();
  throw new OperatorError("checkout-not-committed", {
    what: "Nothing was released.",
    why: `Files in this checkout differ from the last commit:\n${changed}\n`,
    action: "Commit them or put them away (`git stash -u`). Or release an existing archive with --archive.",
  });
}

/**
 * Downloads an archive from Lambda's storage.
 * @param expected the version of the function, and the hash of its archive in base64. @default `$LATEST`
 * @throws {OperatorError} if the download fails, or the hash differs
 */
export async function downloadArchive(
  lambda: LambdaClient,
  name: string,
  expected?: { readonly version: number; readonly sha256: string },
): Promise<ReleaseArchive> {
  const { Code, Configuration } = await lambda.send(
    new GetFunctionCommand({ FunctionName: name, ...(expected && { Qualifier: `${expected.version}` }) }),
  );
  const sha256 = expected?.sha256 ?? Configuration!.CodeSha256!;
  const createError = (why: string, cause?: unknown) =>
    new OperatorError("archive-not-downloaded", {
      what: `The archive of ${name}:${expected?.version ?? "$LATEST"} was not downloaded.`,
      why,
      action: "Try again in a minute.",
      cause,
    });
  // No message contains the address, which is signed and valid for ten minutes.
  const response = await fetch(Code!.Location!, { signal: AbortSignal.timeout(downloadTimeoutMs) }).catch(
    (error: unknown) => {
      throw createError("Lambda's storage does not respond.", error);
    },
  );
  if (!response.ok) throw createError(`Lambda's storage responds with ${response.status}.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const received = computeSha256(bytes);
  if (received !== sha256) throw createError(`Its hash is ${received}, not ${sha256}.`);
  return { bytes, sha256 };
}
