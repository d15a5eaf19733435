import { GetFunctionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../service/config.ts";
import { type ReleaseArchive, sha256Of } from "./archive.ts";

const answerMilliseconds = 60_000;

/**
 * Fetches the archive of a version from where Lambda keeps it.
 * @param sha256 what it must be, in base64
 * @throws {ConfigurationError} if it cannot be had, or is another one
 */
export async function fetchArchive(
  lambda: LambdaClient,
  name: string,
  version: number,
  sha256: string,
): Promise<ReleaseArchive> {
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: name, Qualifier: `${version}` }));
  const failure = (what: string, cause?: unknown) =>
    new ConfigurationError(`The archive of ${name}:${version} ${what}. Try again in a minute.`, { cause });
  // The address is good for ten minutes, and carries a signature: it is in no message.
  const answer = await fetch(Code!.Location!, { signal: AbortSignal.timeout(answerMilliseconds) }).catch(
    (error: unknown) => {
      throw failure("does not come: Lambda's store does not answer", error);
    },
  );
  if (!answer.ok) throw failure(`does not come: Lambda's store answers ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (sha256Of(bytes) !== sha256) throw failure(`came with the sum ${sha256Of(bytes)} in place of ${sha256}`);
  return { bytes, sha256 };
}
