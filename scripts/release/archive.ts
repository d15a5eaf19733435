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
import { ConfigurationError } from "../../service/config.ts";
import { functionArchitecture } from "../../stacks/environments/shared.ts";
import { git } from "../git-mirror/git.ts";

/** An archive that Lambda runs. */
export interface ReleaseArchive {
  readonly bytes: Uint8Array;
  /** Base64 of its SHA-256 sum, as Lambda's `CodeSha256` has it. */
  readonly sha256: string;
  /** The commit that it was built from. @default not known here */
  readonly commit?: string;
}

/** Lambda's store has so long to send an archive. */
const downloadTimeoutMs = 60_000;

/** Network interfaces of a new version may take a minute. */
const maxWaitSeconds = 180;

/** @returns base64 of the SHA-256 sum */
const computeSha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/**
 * Builds the archive of this checkout.
 * @throws {ConfigurationError} if it differs from its commit
 */
export async function buildArchive(): Promise<ReleaseArchive> {
  const { buildLambdaArchive, repositoryRoot } = await import("../build/archive.ts");
  const commit = await getCleanCommit(repositoryRoot);
  const { path } = await buildLambdaArchive(functionArchitecture);
  return { ...(await readArchive(path)), commit };
}

/** @throws {ConfigurationError} if there is no archive at the path */
export async function readArchive(path: string): Promise<ReleaseArchive> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigurationError(
      `Nothing was released: ${path} cannot be read (${cause.code}). Build an archive with \`npm run bundle\`, or correct the path.`,
      { cause },
    );
  });
  // A ZIP file's first bytes: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7
  if (bytes.readUInt32LE(0) !== 0x04034b50) {
    throw new ConfigurationError(
      `Nothing was released: ${path} is no ZIP archive. Name one that \`npm run bundle\` has built.`,
    );
  }
  return { bytes, sha256: computeSha256(bytes) };
}

/**
 * The commit of a checkout.
 * @throws {ConfigurationError} if it holds what no commit does: nobody could tell later what was released
 */
export async function getCleanCommit(folder: string): Promise<string> {
  const changed = (await git(folder, "status", "--porcelain")).trimEnd();
  if (!changed) return (await git(folder, "rev-parse", "HEAD")).trim();
  throw new ConfigurationError(
    `Nothing was released: files here differ from the last commit.\n${changed}\nCommit them or put them away (\`git stash -u\`), so ` +
      "that the release has a commit; or release an archive that was built before with --archive.",
  );
}

/**
 * Fetches the archive of a version from where Lambda keeps it.
 * @param sha256 what it must be, in base64
 * @throws {ConfigurationError} if it cannot be had, or is another one
 */
export async function downloadArchive(
  lambda: LambdaClient,
  name: string,
  version: number,
  sha256: string,
): Promise<ReleaseArchive> {
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: name, Qualifier: `${version}` }));
  const failure = (what: string, cause?: unknown) =>
    new ConfigurationError(`The archive of ${name}:${version} ${what}. Try again in a minute.`, { cause });
  // The address is good for ten minutes, and carries a signature: it is in no message.
  const answer = await fetch(Code!.Location!, { signal: AbortSignal.timeout(downloadTimeoutMs) }).catch(
    (error: unknown) => {
      throw failure("does not come: Lambda's store does not answer", error);
    },
  );
  if (!answer.ok) throw failure(`does not come: Lambda's store answers ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (computeSha256(bytes) !== sha256)
    throw failure(`came with the sum ${computeSha256(bytes)} in place of ${sha256}`);
  return { bytes, sha256 };
}

/**
 * Publishes an archive as a version of a function, with the settings that the function has. Where a version of both is the newest
 * already, Lambda answers that one: https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
 *
 * @returns the version
 * @throws {ConfigurationError} if somebody else publishes at the same time
 */
export async function publishArchive(
  lambda: LambdaClient,
  name: string,
  { bytes, sha256 }: ReleaseArchive,
): Promise<number> {
  const waiting = { client: lambda, minDelay: 1, maxDelay: 5, maxWaitTime: maxWaitSeconds };
  const latest = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const before = await latest();
  try {
    if (before.CodeSha256 !== sha256) {
      await lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: bytes, RevisionId: before.RevisionId }),
      );
      await waitUntilFunctionUpdatedV2(waiting, { FunctionName: name });
    }
    const { RevisionId } = await latest();
    const { Version } = await lambda.send(
      new PublishVersionCommand({ FunctionName: name, CodeSha256: sha256, RevisionId }),
    );
    await waitUntilPublishedVersionActive(waiting, { FunctionName: name, Qualifier: Version! });
    return Number(Version);
  } catch (error) {
    if (!isConcurrentUpdate(error as Error)) throw error;
    throw new ConfigurationError(
      `${name} was not published: somebody else publishes another archive at the same time. Ask who it is, and run this again when ` +
        "they are done.",
      { cause: error },
    );
  }
}

/** Whether a function was changed since it was looked at, is being changed, or has another archive than the one to publish. */
const isConcurrentUpdate = ({ name, message }: Error): boolean =>
  name === "PreconditionFailedException" ||
  name === "ResourceConflictException" ||
  (name === "InvalidParameterValueException" && message.includes("CodeSHA256"));
