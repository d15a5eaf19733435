import {
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  PublishVersionCommand,
  paginateListAliases,
  paginateListVersionsByFunction,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../../service/config.ts";

/** Begins the description of every test version. */
const mark = "right-size test";
/** What `$LATEST` is described as while its memory is another: with what it must get back. One call writes both. */
const changed = (memoryMb: number, description: string): string =>
  `${mark}, was ${memoryMb} MB: ${description}`;
const changedPattern = new RegExp(`^${mark}, was (\\d+) MB: (.*)$`, "s");
/** Characters of a description: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html */
const longestDescription = 256;
/** Network interfaces of a new version may take a minute. */
const longestWaitSeconds = 180;

/** Whether a version was published to be measured, by its description: it never was a release. */
export const isTestVersion = (description = ""): boolean => description.startsWith(mark);

/** A published version with its memory. */
export interface TestVersion {
  readonly memoryMb: number;
  readonly version: string;
}

/**
 * Versions of a function with other amounts of memory. Aliases stay where they are, and `$LATEST` is as before in the end. What a
 * run that was killed has left behind is read from descriptions in AWS, and put right by the next.
 */
export class TestVersions {
  readonly #lambda: LambdaClient;
  readonly #name: string;

  constructor(lambda: LambdaClient, name: string) {
    this.#lambda = lambda;
    this.#name = name;
  }

  /**
   * Publishes a version for each amount of memory and for that of `$LATEST`, the smallest first.
   * @throws {ConfigurationError} if the function's description is too long to be kept beside the mark
   */
  async publish(memoriesMb: readonly number[], signal: AbortSignal): Promise<TestVersion[]> {
    const { MemorySize: before = 0, Description: description = "" } = await this.#latest();
    if (changed(before, description).length > longestDescription) {
      throw new ConfigurationError(
        `The description of ${this.#name} is too long to be kept while its memory is changed. ` +
          `Shorten it to ${longestDescription - changed(before, "").length} characters and deploy that first.`,
      );
    }
    const versions: TestVersion[] = [];
    for (const memoryMb of [...new Set([before, ...memoriesMb])].sort((one, other) => one - other)) {
      signal.throwIfAborted();
      await this.#update(memoryMb, changed(before, description));
      versions.push(await this.#publishOne(memoryMb));
    }
    return versions;
  }

  /** Gives `$LATEST` back its memory, if a test has changed it. */
  async restore(): Promise<void> {
    const [, before, description] = changedPattern.exec((await this.#latest()).Description ?? "") ?? [];
    if (before !== undefined) await this.#update(Number(before), description ?? "");
  }

  /** Deletes all test versions, those of other runs too. One that an alias points to is left. */
  async deleteAll(): Promise<void> {
    const used = await this.#versionsOfAliases();
    for await (const { Versions = [] } of paginateListVersionsByFunction(
      { client: this.#lambda },
      { FunctionName: this.#name },
    )) {
      for (const { Version = "", Description } of Versions) {
        if (Version === "$LATEST" || used.has(Version) || !isTestVersion(Description)) continue;
        await this.#lambda.send(new DeleteFunctionCommand({ FunctionName: this.#name, Qualifier: Version }));
      }
    }
  }

  #latest() {
    return this.#lambda.send(new GetFunctionConfigurationCommand({ FunctionName: this.#name }));
  }

  async #update(memoryMb: number, description: string): Promise<void> {
    const configuration = { FunctionName: this.#name, MemorySize: memoryMb, Description: description };
    await this.#lambda.send(new UpdateFunctionConfigurationCommand(configuration));
    await waitUntilFunctionUpdatedV2(this.#patience(), { FunctionName: this.#name });
  }

  async #publishOne(memoryMb: number): Promise<TestVersion> {
    const description = `${mark} version with ${memoryMb} MB`;
    const { Version } = await this.#lambda.send(
      new PublishVersionCommand({ FunctionName: this.#name, Description: description }),
    );
    await waitUntilPublishedVersionActive(this.#patience(), {
      FunctionName: this.#name,
      Qualifier: Version!,
    });
    return { memoryMb, version: Version! };
  }

  #patience() {
    return { client: this.#lambda, minDelay: 1, maxDelay: 5, maxWaitTime: longestWaitSeconds };
  }

  async #versionsOfAliases(): Promise<Set<string>> {
    const used = new Set<string>();
    for await (const { Aliases = [] } of paginateListAliases(
      { client: this.#lambda },
      { FunctionName: this.#name },
    )) {
      for (const { FunctionVersion, RoutingConfig } of Aliases) {
        if (FunctionVersion) used.add(FunctionVersion);
        for (const version of Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {})) used.add(version);
      }
    }
    return used;
  }
}
