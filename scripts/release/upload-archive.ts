import {
  type Architecture,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdated,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { OperatorError } from "../cli/errors.ts";
import type { ReleaseArchive } from "./archive.ts";

/** Creating the network interfaces of a new version may take a minute. */
const maxWaitSeconds = 180;

const createWaiter = (client: LambdaClient) => ({ client, minDelay: 1, maxDelay: 5, maxWaitTime: maxWaitSeconds });

/**
 * Makes `$LATEST` of a function run an archive, with the function's settings.
 * @param architectures for which the archive was built. @default those of the function
 * @throws {OperatorError} if another user updates the function at the same time
 */
export async function uploadArchive(
  lambda: LambdaClient,
  name: string,
  archive: ReleaseArchive,
  architectures?: Architecture[],
): Promise<void> {
  await explainConcurrentUpdate(name, async () => {
    await upload(lambda, name, archive, architectures);
    if ((await getLatest(lambda, name)).CodeSha256 !== archive.sha256) throw createConcurrentUpdateError(name);
  });
}

/**
 * Publishes an archive as a version of a function, with the function's settings. If the newest version has both already, Lambda
 * returns it: https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
 *
 * @returns the version
 * @throws {OperatorError} if another user publishes at the same time
 */
export async function publishArchive(lambda: LambdaClient, name: string, archive: ReleaseArchive): Promise<number> {
  return explainConcurrentUpdate(name, async () => {
    await upload(lambda, name, archive);
    const { RevisionId } = await getLatest(lambda, name);
    const { Version } = await lambda.send(
      new PublishVersionCommand({ FunctionName: name, CodeSha256: archive.sha256, RevisionId }),
    );
    await waitUntilPublishedVersionActive(createWaiter(lambda), { FunctionName: name, Qualifier: Version! });
    return Number(Version);
  });
}

/** Uploads an archive, unless `$LATEST` has it or has changed since it was read. */
async function upload(
  lambda: LambdaClient,
  name: string,
  { bytes, sha256 }: ReleaseArchive,
  Architectures?: Architecture[],
): Promise<void> {
  const { CodeSha256, RevisionId } = await getLatest(lambda, name);
  if (CodeSha256 === sha256) return;
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: bytes, Architectures, RevisionId }));
  // The V2 of this waiter calls GetFunction, which also returns the code: workflows may not read that of all functions.
  await waitUntilFunctionUpdated(createWaiter(lambda), { FunctionName: name });
}

const getLatest = (lambda: LambdaClient, name: string) =>
  lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));

async function explainConcurrentUpdate<Output>(name: string, update: () => Promise<Output>): Promise<Output> {
  try {
    return await update();
  } catch (error) {
    throw isConcurrentUpdate(error as Error) ? createConcurrentUpdateError(name, error) : error;
  }
}

/** Whether another user has changed the function since it was read, or is changing it, or its archive is not the one to publish. */
const isConcurrentUpdate = ({ name, message }: Error): boolean =>
  name === "PreconditionFailedException" ||
  name === "ResourceConflictException" ||
  (name === "InvalidParameterValueException" && message.includes("CodeSHA256"));

const createConcurrentUpdateError = (name: string, cause?: unknown): OperatorError =>
  new OperatorError("archive-published-concurrently", {
    what: `${name} was not published.`,
    why: "Another user publishes another archive at the same time.",
    action: "Ask who it is, and run the command again when they are done.",
    cause,
  });
