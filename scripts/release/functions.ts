import {
  GetAliasCommand,
  LambdaClient,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import { functionName, liveAlias } from "../../stacks/names.ts";
import { describeAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { downloadArchive, publishArchive, type ReleaseArchive } from "./archive.ts";

/** The functions that run one archive and are released together. Each counts its versions by itself. */
export const releasedFunctions = ["api", "auth"] as const;

export type ReleasedFunction = (typeof releasedFunctions)[number];

/** A published version of a function. */
export interface FunctionVersion {
  readonly version: number;
  /** Base64 of its archive's SHA-256 sum, as Lambda's `CodeSha256` has it. */
  readonly sha256: string;
  /** In milliseconds since the epoch. */
  readonly publishedAt: number;
}

/** Where a function's alias `live` points. */
export interface LiveAlias {
  readonly version: number;
  /** Versions that get a part of the requests, while a release goes on. */
  readonly additionalVersions: readonly number[];
  /** Changes with each change of the alias. */
  readonly revisionId: string;
  /** The version from which it was rolled back to the one that it points to. @default none: it was released */
  readonly rolledBackFrom?: number;
}

/** What can run as a function, oldest first, and what runs. */
export interface FunctionState {
  readonly versions: readonly FunctionVersion[];
  readonly live: LiveAlias;
}

export type FunctionStates = Readonly<Record<ReleasedFunction, FunctionState>>;

/** What the alias is described as after a rollback: the same call that moves it writes it. */
const formatRollbackDescription = (from: number, to: number): string => `Rolled back from ${from} to ${to}`;
const rollbackDescription = /^Rolled back from (\d+) to (\d+)$/;

/** Versions and aliases of an environment's functions. */
export class ReleaseFunctions {
  readonly #environment: DeployedEnvironment;
  readonly #lambda: LambdaClient;

  /** @param profile of AWS's configuration, whose credentials are taken. @default those that the SDK finds */
  constructor(environment: DeployedEnvironment, profile?: string) {
    this.#environment = environment;
    this.#lambda = new LambdaClient({
      region: environments[environment].region,
      ...(profile && { profile }),
      requestHandler: createRequestLimits(),
    });
  }

  /** @throws {ConfigurationError} if a function or its alias does not exist, or AWS refuses */
  async read(): Promise<FunctionStates> {
    const [api, auth] = await Promise.all([this.#read("api"), this.#read("auth")]);
    return { api, auth };
  }

  /**
   * Lets all requests go to a version, and notes that it was rolled back to.
   *
   * @param from what the alias was found to be: if it is not that any more, nothing is moved
   * @throws {ConfigurationError} if somebody else moved the alias since, or AWS refuses
   */
  async rollBack(id: ReleasedFunction, from: LiveAlias, to: number): Promise<void> {
    const newest = Math.max(from.version, ...from.additionalVersions);
    await this.#call(`${this.#name(id)} was not moved`, () =>
      this.#lambda.send(
        new UpdateAliasCommand({
          FunctionName: this.#name(id),
          Name: liveAlias,
          FunctionVersion: `${to}`,
          RoutingConfig: { AdditionalVersionWeights: {} },
          RevisionId: from.revisionId,
          Description: formatRollbackDescription(newest, to),
        }),
      ),
    );
  }

  /** @throws {ConfigurationError} if AWS refuses */
  getLiveAlias(id: ReleasedFunction): Promise<LiveAlias> {
    return this.#call(`What runs as ${this.#name(id)} is not known`, () => this.#live(id));
  }

  /**
   * Publishes an archive.
   * @returns its version
   * @throws {ConfigurationError} if somebody else publishes at the same time, or AWS refuses
   */
  publish(id: ReleasedFunction, archive: ReleaseArchive): Promise<number> {
    return this.#call(`${this.#name(id)} was not published`, () =>
      publishArchive(this.#lambda, this.#name(id), archive),
    );
  }

  /**
   * The archive of a version, byte for byte.
   * @throws {ConfigurationError} if AWS refuses, or gives another one
   */
  downloadArchive(id: ReleasedFunction, { version, sha256 }: FunctionVersion): Promise<ReleaseArchive> {
    return this.#call(`The archive of ${this.#name(id)} was not fetched`, () =>
      downloadArchive(this.#lambda, this.#name(id), version, sha256),
    );
  }

  async #read(id: ReleasedFunction): Promise<FunctionState> {
    return this.#call(`What runs as ${this.#name(id)} is not known, and nothing was moved`, async () => {
      const [versions, live] = await Promise.all([this.#versions(id), this.#live(id)]);
      return { versions, live };
    });
  }

  async #call<Answer>(consequence: string, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      throw new ConfigurationError(`${consequence}: ${this.#reason(error)}`, { cause: error });
    }
  }

  async #versions(id: ReleasedFunction): Promise<FunctionVersion[]> {
    const found: FunctionVersion[] = [];
    for await (const { Versions = [] } of paginateListVersionsByFunction(
      { client: this.#lambda },
      { FunctionName: this.#name(id) },
    )) {
      for (const { Version, CodeSha256, LastModified } of Versions) {
        if (Version === "$LATEST") continue;
        found.push({
          version: Number(Version),
          sha256: CodeSha256!,
          publishedAt: Date.parse(LastModified!),
        });
      }
    }
    return found.sort((one, other) => one.version - other.version);
  }

  async #live(id: ReleasedFunction): Promise<LiveAlias> {
    const { FunctionVersion, RoutingConfig, RevisionId, Description } = await this.#lambda.send(
      new GetAliasCommand({ FunctionName: this.#name(id), Name: liveAlias }),
    );
    const others = Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}).map(Number);
    const [, from, to] = rollbackDescription.exec(Description ?? "") ?? [];
    return {
      version: Number(FunctionVersion),
      additionalVersions: others,
      revisionId: RevisionId!,
      // The description of a rollback stays when the next release moves the alias on.
      ...(to === FunctionVersion && others.length === 0 && { rolledBackFrom: Number(from) }),
    };
  }

  #name(id: ReleasedFunction): string {
    return functionName(this.#environment, id);
  }

  #reason(error: unknown): string {
    const name = error instanceof Error ? error.name : "";
    if (name === "ResourceNotFoundException") {
      return (
        `there is no such function, version or alias \`${liveAlias}\`. Use credentials of the account of ${this.#environment}; if they ` +
        `are, deploy ecobeat-${this.#environment}-service.`
      );
    }
    if (name === "PreconditionFailedException") {
      return (
        "somebody else moved it in the meantime. Ask in the incident channel who it was, and run this again if it is still " +
        "needed: it sees what runs by then."
      );
    }
    return describeAwsFailure("AWS Lambda", error);
  }
}
