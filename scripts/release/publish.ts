import {
  GetFunctionConfigurationCommand,
  type LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../service/config.ts";
import type { ReleaseArchive } from "./archive.ts";

/** Network interfaces of a new version may take a minute. */
const longestWaitSeconds = 180;

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
  const patience = { client: lambda, minDelay: 1, maxDelay: 5, maxWaitTime: longestWaitSeconds };
  const latest = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const before = await latest();
  try {
    if (before.CodeSha256 !== sha256) {
      await lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: bytes, RevisionId: before.RevisionId }),
      );
      await waitUntilFunctionUpdatedV2(patience, { FunctionName: name });
    }
    const { RevisionId } = await latest();
    const { Version } = await lambda.send(
      new PublishVersionCommand({ FunctionName: name, CodeSha256: sha256, RevisionId }),
    );
    await waitUntilPublishedVersionActive(patience, { FunctionName: name, Qualifier: Version! });
    return Number(Version);
  } catch (error) {
    if (!isMeeting(error as Error)) throw error;
    throw new ConfigurationError(
      `${name} was not published: somebody else publishes another archive at the same time. Ask who it is, and run this again when ` +
        "they are done.",
      { cause: error },
    );
  }
}

/** Whether a function was changed since it was looked at, is being changed, or has another archive than the one to publish. */
const isMeeting = ({ name, message }: Error): boolean =>
  name === "PreconditionFailedException" ||
  name === "ResourceConflictException" ||
  (name === "InvalidParameterValueException" && message.includes("CodeSHA256"));
