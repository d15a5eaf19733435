import { isDeepStrictEqual } from "node:util";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { ConfigurationError } from "../config.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../contract.ts";
import { callAws } from "../platform/aws-call.ts";
import type { Clock } from "../platform/clock.ts";
import { outsideRequest, UnavailableError, untilDeadline } from "../platform/deadline.ts";
import { defaultTimeouts, type Timeouts } from "../platform/timeouts.ts";
import { awsClientOptions } from "../platform/tls.ts";

/** What SSM knows of the requested parameters. */
interface Found {
  /** By path. */
  values: ReadonlyMap<string | undefined, string | undefined>;
  /** Paths of those that do not exist. */
  missing: readonly string[];
}

/**
 * Reads parameters of the service in one call.
 *
 * @param names parameters that the function may read: a call with any other fails; @default all
 * @returns a function from name to value. It throws for a missing parameter, so that only the dependency that needs it fails
 */
export async function readParameters(
  environment: DeployedEnvironment,
  names: readonly string[] = Object.values(parameters),
  timeouts: Timeouts = defaultTimeouts,
): Promise<(name: string) => string> {
  const found = await findParameters(environment, names, timeouts);
  return (name) => getValue(found, parameterPath(environment, name));
}

async function findParameters(
  environment: DeployedEnvironment,
  names: readonly string[],
  timeouts: Timeouts,
): Promise<Found> {
  const ssm = new SSMClient(awsClientOptions(timeouts));
  const command = new GetParametersCommand({
    Names: names.map((name) => parameterPath(environment, name)),
    WithDecryption: true,
  });
  const { Parameters = [], InvalidParameters = [] } = await callAws("SSM", timeouts, (options) =>
    ssm.send(command, options),
  ).finally(() => ssm.destroy());
  return { values: new Map(Parameters.map(({ Name, Value }) => [Name, Value])), missing: InvalidParameters };
}

function getValue({ values, missing }: Found, path: string): string {
  const value = values.get(path);
  if (value) return value;
  // SSM lists the parameters that do not exist. A response that says nothing of one does not prove that.
  if (!missing.includes(path)) throw new UnavailableError(`SSM's response does not contain ${path}`);
  throw new ConfigurationError(`The SSM parameter ${path} does not exist. Create it; docs/bootstrap.md says how.`);
}

/** As for the signing keys: every process must act on a change within a minute. */
const freshMilliseconds = 30_000;

interface Known {
  found: Found;
  readAt: number;
  /** Whether the read before it, or a failed one after it, gave no other values. */
  isConfirmed: boolean;
  /** Whether the next use must read the parameters again. */
  isSuspect: boolean;
}

/**
 * The parameters of the service, read together at the first use of one. Something that cannot be built upon a value makes all of
 * them suspect: the next use reads them again, as an operator may have corrected them.
 */
export class Parameters {
  readonly #environment: DeployedEnvironment;
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  #known: Known | undefined;
  #reading: Promise<Known> | undefined;

  constructor(environment: DeployedEnvironment, clock: Clock, timeouts: Timeouts = defaultTimeouts) {
    this.#environment = environment;
    this.#clock = clock;
    this.#timeouts = timeouts;
  }

  /** Whether the values were read so long ago that they may have changed since. */
  get areOutdated(): boolean {
    return this.#known !== undefined && this.#clock() - this.#known.readAt > freshMilliseconds;
  }

  /** Reads the value of one parameter as it is now. */
  async readAlone(name: string): Promise<string> {
    return (await readParameters(this.#environment, [name], this.#timeouts))(name);
  }

  /**
   * Builds something upon the value of a parameter. After a failure, the next use reads the parameters again. If the values are the
   * same, the cause is probably elsewhere: for 30 s no other failure leads to a read, since SSM allows few reads a second. If the
   * value itself is missing, malformed or refused, each use reads the parameters again. If the values were read more than 30 s ago,
   * and are others now, it builds upon these.
   *
   * @param build throws a {@link ConfigurationError} for a malformed value
   * @param isRefusal whether an error is a server's refusal of the value, such as of its user
   * @throws {ConfigurationError} if the parameter does not exist
   */
  async use<T>(
    name: string,
    build: (value: string) => T | Promise<T>,
    isRefusal: (error: Error) => boolean = () => false,
  ): Promise<T> {
    const known = await this.#current();
    const { found } = known;
    let value: string | undefined;
    try {
      value = getValue(found, parameterPath(this.#environment, name));
      return await build(value);
    } catch (error) {
      const isOutdated = this.areOutdated;
      const isTrusted = value !== undefined && known.isConfirmed && !isOutdated;
      known.isSuspect ||= !isTrusted || error instanceof ConfigurationError || isRefusal(error as Error);
      if (!isOutdated || isDeepStrictEqual((await this.#current()).found, found)) throw error;
      // Someone has corrected them.
      return this.use(name, build, isRefusal);
    }
  }

  async #current(): Promise<Known> {
    if (this.#known && !this.#known.isSuspect) return this.#known;
    this.#reading ??= outsideRequest(() => this.#read()).finally(() => {
      this.#reading = undefined;
    });
    const reading = this.#reading;
    return untilDeadline("SSM", () => reading);
  }

  async #read(): Promise<Known> {
    const [before, readAt] = [this.#known, this.#clock()];
    try {
      const found = await findParameters(this.#environment, Object.values(parameters), this.#timeouts);
      const isConfirmed = isDeepStrictEqual(before?.found, found);
      this.#known = { found, readAt, isConfirmed, isSuspect: false };
    } catch (error) {
      if (!before) throw error;
      // The values may well be right: without SSM, they must not stop a dependency that is back.
      this.#known = { found: before.found, readAt, isConfirmed: true, isSuspect: false };
    }
    return this.#known;
  }
}
