import { ConfigurationError } from "../config.ts";
import { withDeadline } from "../platform/deadline.ts";
import { redactText } from "../platform/logging.ts";
import { explainAwsError } from "./aws-errors.ts";

/** A developer reads of an unreachable service within five seconds of the start; the rest is for saying so. */
const probeDeadlineSeconds = 4.5;
const minWaitMilliseconds = 500;

/** A configured service, and the environment variable that names it. */
export interface ConfiguredService {
  variable: string;
  name: string;
  /** The variable's value. */
  address: string;
  /** An address as it should be. */
  example: string;
  /** Throws if the address is none of this service. */
  check(address: string): unknown;
}

/**
 * Connects to a configured service.
 * @throws {ConfigurationError} if its address is none, or nobody answers there
 */
export async function probe<T>(service: ConfiguredService, connect: () => Promise<T>): Promise<T> {
  const { variable, name, address } = service;
  validateAddress(service);
  const left = Math.round(probeDeadlineSeconds * 10 - process.uptime() * 10) * 100;
  try {
    return await withDeadline(name, Math.max(left, minWaitMilliseconds), connect());
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const named = `at ${redactText(address)}, which ${variable} names`;
    const failure = explainAwsError(error);
    const reason = error instanceof Error ? redactText(error.message) : String(error);
    throw new ConfigurationError(
      failure
        ? `${name} ${named}, cannot be used. ${failure.why} ${failure.action}`
        : `${name} does not answer ${named}: ${reason}. ` +
            `Start it or correct ${variable}; without ${variable} the service runs on an embedded backend.`,
      { cause: error },
    );
  }
}

/** The address itself is not shown: a password in one that cannot be read cannot be told from the rest. */
function validateAddress({ variable, name, address, example, check }: ConfiguredService): void {
  try {
    check(address);
  } catch (error) {
    const secretFree = (error as Error).message.replaceAll(address, "[value]");
    throw new ConfigurationError(
      `${variable} is not an address of ${name}: ${redactText(secretFree)}. ` +
        `Correct it, for example ${variable}=${example}; without it the service runs on an embedded backend.`,
      { cause: error },
    );
  }
}

/**
 * Checks that an address is a URL of one of some schemes.
 * @param schemes with their colon, such as `redis:`
 * @throws {Error} if it is not
 */
export function validateUrl(address: string, schemes: string[]): void {
  if (!URL.canParse(address)) throw new Error("it is no URL");
  const url = new URL(address);
  if (!schemes.includes(url.protocol) || !url.hostname) {
    throw new Error(`it does not start with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`);
  }
}
