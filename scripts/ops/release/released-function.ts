import {
  GetAliasCommand,
  type LambdaClient,
  PreconditionFailedException,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../../service/config.ts";

/** Ends of the names of the functions that a release moves together: they run one archive. */
export const releasedFunctions = ["api", "auth"] as const;

export type ReleasedFunctionId = (typeof releasedFunctions)[number];

/** A published version of a function. */
export interface FunctionVersion {
  readonly number: number;
  /** SHA-256 of its archive, in Base64. */
  readonly archive: string;
  /** When it was published, in ISO 8601. */
  readonly published: string;
}

/** A function as it stands: what serves requests, and what could. */
export interface FunctionStand {
  readonly name: string;
  /** The version that the alias `live` points to. */
  readonly live: FunctionVersion;
  /** Version that a part of the requests goes to, while a release is under way. */
  readonly beside: number | undefined;
  /** Changes with each change of the alias, so that nobody moves it unseen. */
  readonly revision: string;
  /** All versions, the newest first. */
  readonly versions: readonly FunctionVersion[];
}

/** Where `live` is, and which versions there are. */
export async function readFunction(lambda: LambdaClient, name: string): Promise<FunctionStand> {
  const [alias, versions] = await Promise.all([
    lambda.send(new GetAliasCommand({ FunctionName: name, Name: "live" })),
    versionsOf(lambda, name),
  ]);
  const live = versions.find(({ number }) => number === Number(alias.FunctionVersion));
  if (!live) {
    throw new ConfigurationError(
      `The alias live of ${name} points to version ${alias.FunctionVersion}, which is not there. Deploy the service stack, and ` +
        "release again.",
    );
  }
  const [beside] = Object.keys(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
  return {
    name,
    live,
    beside: beside === undefined ? undefined : Number(beside),
    revision: alias.RevisionId!,
    versions,
  };
}

/**
 * Moves `live` to a version at once, all requests with it.
 * @throws {ConfigurationError} if somebody else has moved it since it was read
 */
export async function moveLive(lambda: LambdaClient, stand: FunctionStand, version: number): Promise<void> {
  const move = new UpdateAliasCommand({
    FunctionName: stand.name,
    Name: "live",
    FunctionVersion: String(version),
    RoutingConfig: { AdditionalVersionWeights: {} },
    RevisionId: stand.revision,
  });
  try {
    await lambda.send(move);
  } catch (error) {
    if (!(error instanceof PreconditionFailedException)) throw error;
    throw new ConfigurationError(
      `The alias live of ${stand.name} was moved by somebody else in this moment: it was left where it is now. Ask who else is ` +
        "releasing, then look at what runs and run this again.",
      { cause: error },
    );
  }
}

async function versionsOf(client: LambdaClient, FunctionName: string): Promise<FunctionVersion[]> {
  const versions: FunctionVersion[] = [];
  for await (const page of paginateListVersionsByFunction({ client }, { FunctionName })) {
    for (const { Version, CodeSha256, LastModified } of page.Versions ?? []) {
      if (Version === "$LATEST") continue;
      versions.push({ number: Number(Version), archive: CodeSha256!, published: LastModified! });
    }
  }
  return versions.sort((one, other) => other.number - one.number);
}
