import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { functionArchitecture } from "../../stacks/environments/shared.ts";
import { OperatorError } from "../cli/errors.ts";
import { git } from "../git-mirror/git.ts";

/** An archive that Lambda runs. */
export interface ReleaseArchive {
  readonly bytes: Uint8Array;
  /** Base64 of its SHA-256, like Lambda's `CodeSha256`. */
  readonly sha256: string;
  /** The commit that it was built from. @default unknown */
  readonly commit?: string;
}

const downloadTimeoutMs = 60_000;

/** Creating the network interfaces of a new version may take a minute. */
const maxWaitSeconds = 180;

/** Base64 of the SHA-256. */
const computeSha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/**
 * Builds the archive of this checkout.
 * @throws {OperatorError} if the checkout differs from its commit
 */
export async function buildArchive(): Promise<ReleaseArchive> {
  const { buildLambdaArchive, repositoryRoot } = await import("../build/archive.ts");
  const commit = await getCleanCommit(repositoryRoot);
  const { path } = await buildLambdaArchive(functionArchitecture);
  return { ...(await readArchive(path)), commit };
}

/** @throws {OperatorError} if there is no archive at the path */
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
  return { bytes, sha256: computeSha256(bytes) };
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
 * Downloads the archive of a version from Lambda's storage.
 * @param sha256 the expected hash, in base64
 * @throws {OperatorError} if the download fails, or the hash differs
 */
export async function downloadArchive(
  lambda: LambdaClient,
  name: string,
  version: number,
  sha256: string,
): Promise<ReleaseArchive> {
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: name, Qualifier: `${version}` }));
  const createError = (why: string, cause?: unknown) =>
    new OperatorError("archive-not-downloaded", {
      what: `The archive of ${name}:${version} was not downloaded.`,
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

/**
 * Publishes an archive as a version of a function, with the function's settings. If the newest version has both already, Lambda
 * returns it: https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
 *
 * @returns the version
 * @throws {OperatorError} if another user publishes at the same time
 */
export async function publishArchive(
  lambda: LambdaClient,
  name: string,
  { bytes, sha256 }: ReleaseArchive,
): Promise<number> {
  const waiter = { client: lambda, minDelay: 1, maxDelay: 5, maxWaitTime: maxWaitSeconds };
  const getLatest = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const latest = await getLatest();
  try {
    if (latest.CodeSha256 !== sha256) {
      await lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: bytes, RevisionId: latest.RevisionId }),
      );
      await waitUntilFunctionUpdatedV2(waiter, { FunctionName: name });
    }
    const { RevisionId } = await getLatest();
    const { Version } = await lambda.send(
      new PublishVersionCommand({ FunctionName: name, CodeSha256: sha256, RevisionId }),
    );
    await waitUntilPublishedVersionActive(waiter, { FunctionName: name, Qualifier: Version! });
    return Number(Version);
  } catch (error) {
    if (!isConcurrentUpdate(error as Error)) throw error;
    throw new OperatorError("archive-published-concurrently", {
      what: `${name} was not published.`,
      why: "Another user publishes another archive at the same time.",
      action: "Ask who it is, and run the command again when they are done.",
      cause: error,
    });
  }
}

/** Whether another user has changed the function since it was read, or is changing it, or its archive is not the one to publish. */
const isConcurrentUpdate = ({ name, message }: Error): boolean =>
  name === "PreconditionFailedException" ||
  name === "ResourceConflictException" ||
  (name === "InvalidParameterValueException" && message.includes("CodeSHA256"));
