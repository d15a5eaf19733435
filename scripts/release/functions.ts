import {
  type FunctionConfiguration,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { functionName, liveAlias, migrationFunction } from "../../stacks/names.ts";
import { describeMissingService, explainAwsFailure } from "../aws/explain-failure.ts";
import { withProfile } from "../aws/profile.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError, type Reason } from "../cli/errors.ts";
import { downloadArchive, type ReleaseArchive } from "./archive.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";
import { publishArchive, uploadArchive } from "./upload-archive.ts";

/** The functions that run one archive and are released together. Lambda numbers the versions of each separately. */
export const releasedFunctions = ["api", "auth"] as const;

export type ReleasedFunction = (typeof releasedFunctions)[number];

/** The functions that a release updates before traffic shifts. They have no versions: each caller gets `$LATEST`. */
export const unversionedFunctions = [migrationFunction, preTrafficFunctionId] as const;

export type UnversionedFunction = (typeof unversionedFunctions)[number];

/** A published version of a function. */
export interface FunctionVersion {
  readonly version: number;
  /** Base64 of its archive's SHA-256, like Lambda's `CodeSha256`. */
  readonly sha256: string;
  /** In milliseconds since the epoch. */
  readonly publishedAt: number;
}

/** The alias `live` of a function. */
export interface LiveAlias {
  readonly version: number;
  /** Versions that get a share of the traffic while a deployment is in progress. */
  readonly additionalVersions: readonly number[];
  /** Changes with each update of the alias. */
  readonly revisionId: string;
  /** The version from which a rollback shifted the traffic to this one. @default a release did */
  readonly rolledBackFrom?: number;
}

/** The versions of a function, oldest first, and the one that runs. */
export interface FunctionState {
  readonly versions: readonly FunctionVersion[];
  readonly live: LiveAlias;
}

export type FunctionStates = Readonly<Record<ReleasedFunction, FunctionState>>;

/** Description of the alias after a rollback, written by the call that shifts the traffic. */
const formatRollbackDescription = (from: number, to: number): string => `Rolled back from ${from} to ${to}`;
const rollbackDescription = /^Rolled back from (\d+) to (\d+)$/;

/** Whether {@link ReleaseFunctions.rollBack} failed because the alias was updated after it was read. */
export const isAliasUpdated = (error: unknown): boolean =>
  isRevisionOutdated(error instanceof OperatorError ? error.cause : undefined);

const isRevisionOutdated = (error: unknown): boolean =>
  (error as Error | undefined)?.name === "PreconditionFailedException";

/**
 * Versions and aliases of an environment's functions.
 * Each method throws an {@link OperatorError} if a function or its alias does not exist, or AWS refuses the call.
 */
export class ReleaseFunctions {
  readonly #environment: DeployedEnvironment;
  readonly #lambda: LambdaClient;

  /** @param profile in the AWS configuration. @default the SDK's default credentials */
  constructor(environment: DeployedEnvironment, profile?: string) {
    this.#environment = environment;
    this.#lambda = new LambdaClient({
      region: getEnvironment(environment).region,
      ...withProfile(profile),
      requestHandler: createRequestLimits(),
    });
  }

  /** @param consequence what a failure means for a command that shifts traffic, such as `No traffic was shifted` */
  async read(consequence?: string): Promise<FunctionStates> {
    const [api, auth] = await Promise.all([this.#read("api", consequence), this.#read("auth", consequence)]);
    return { api, auth };
  }

  /**
   * Shifts all traffic to a version, and records in the alias that this was a rollback.
   *
   * @param from the alias as it was read
   * @throws {OperatorError} if the alias was updated since: {@link isAliasUpdated}
   */
  async rollBack(id: ReleasedFunction, from: LiveAlias, to: number): Promise<void> {
    const newest = Math.max(from.version, ...from.additionalVersions);
    const name = this.#toName(id);
    await this.#call(`The traffic of ${name} was not shifted.`, () =>
      this.#lambda.send(
        new UpdateAliasCommand({
          FunctionName: name,
          Name: liveAlias,
          FunctionVersion: `${to}`,
          RoutingConfig: { AdditionalVersionWeights: {} },
          RevisionId: from.revisionId,
          Description: formatRollbackDescription(newest, to),
        }),
      ),
    );
  }

  getLiveAlias(id: ReleasedFunction): Promise<LiveAlias> {
    return this.#call(`The state of ${this.#toName(id)} is unknown.`, () => this.#getAlias(id));
  }

  /**
   * Publishes an archive.
   * @returns its version
   * @throws {OperatorError} if another user publishes at the same time
   */
  publish(id: ReleasedFunction, archive: ReleaseArchive): Promise<number> {
    const name = this.#toName(id);
    return this.#call(`${name} was not published.`, () => publishArchive(this.#lambda, name, archive));
  }

  /**
   * Replaces the archive of a function without versions.
   * @param sibling function that runs the archive with its architecture. @default the archive runs on every architecture
   * @throws {OperatorError} if another user updates the function at the same time
   */
  replaceArchive(id: UnversionedFunction, archive: ReleaseArchive, sibling?: ReleasedFunction): Promise<void> {
    const name = this.#toName(id);
    return this.#call(`${name} was not updated.`, async () => {
      const architectures = sibling && (await this.#getLatest(sibling)).Architectures;
      await uploadArchive(this.#lambda, name, archive, architectures);
    });
  }

  /** The hash of the archive that a function without versions runs: base64 of its SHA-256. */
  getArchiveHash(id: UnversionedFunction): Promise<string> {
    const name = this.#toName(id);
    return this.#call(
      `No traffic was shifted: the archive of ${name} is unknown.`,
      async () => (await this.#getLatest(id)).CodeSha256!,
    );
  }

  /**
   * Downloads the archive of a function.
   * @param version @default `$LATEST`
   * @throws {OperatorError} if its bytes have another hash
   */
  downloadArchive(id: ReleasedFunction | UnversionedFunction, version?: FunctionVersion): Promise<ReleaseArchive> {
    const name = this.#toName(id);
    return this.#call(`The archive of ${name} was not downloaded.`, () => downloadArchive(this.#lambda, name, version));
  }

  #getLatest(id: ReleasedFunction | UnversionedFunction): Promise<FunctionConfiguration> {
    return this.#lambda.send(new GetFunctionConfigurationCommand({ FunctionName: this.#toName(id) }));
  }

  #read(id: ReleasedFunction, consequence?: string): Promise<FunctionState> {
    const what = `${consequence ? `${consequence}: the` : "The"} state of ${this.#toName(id)} is unknown.`;
    return this.#call(what, async () => {
      const [versions, live] = await Promise.all([this.#listVersions(id), this.#getAlias(id)]);
      return { versions, live };
    });
  }

  async #call<Output>(what: string, call: () => Promise<Output>): Promise<Output> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      const { why, action } = this.#explain(error as Error);
      throw new OperatorError("lambda-call-failed", { what, why, action, cause: error });
    }
  }

  async #listVersions(id: ReleasedFunction): Promise<FunctionVersion[]> {
    const found: FunctionVersion[] = [];
    for await (const { Versions = [] } of paginateListVersionsByFunction(
      { client: this.#lambda },
      { FunctionName: this.#toName(id) },
    )) {
      for (const { Version, CodeSha256, LastModified } of Versions) {
        if (Version === "$LATEST") continue;
        found.push({ version: Number(Version), sha256: CodeSha256!, publishedAt: Date.parse(LastModified!) });
      }
    }
    return found.sort((one, other) => one.version - other.version);
  }

  async #getAlias(id: ReleasedFunction): Promise<LiveAlias> {
    const { FunctionVersion, RoutingConfig, RevisionId, Description } = await this.#lambda.send(
      new GetAliasCommand({ FunctionName: this.#toName(id), Name: liveAlias }),
    );
    const additionalVersions = Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}).map(Number);
    const [, from, to] = rollbackDescription.exec(Description ?? "") ?? [];
    return {
      version: Number(FunctionVersion),
      additionalVersions,
      revisionId: RevisionId!,
      // The description of a rollback remains when the next release updates the alias.
      ...(to === FunctionVersion && additionalVersions.length === 0 && { rolledBackFrom: Number(from) }),
    };
  }

  #toName(id: ReleasedFunction | UnversionedFunction): string {
    return functionName(this.#environment, id);
  }

  #explain(error: Error): Reason {
    if (error.name === "ResourceNotFoundException") {
      return {
        why: `The function, the version or the alias \`${liveAlias}\` does not exist.`,
        action: describeMissingService(this.#environment),
      };
    }
    if (isRevisionOutdated(error)) {
      return {
        why: "Another user has updated the alias in the meantime.",
        action: "Ask in the incident channel who did. Run the command again if you still need it.",
      };
    }
    return explainAwsFailure("AWS Lambda", error);
  }
}
