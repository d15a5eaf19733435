import { ConfigurationError } from "../config.ts";
import { withTimeout } from "../platform/deadline.ts";
import { redactText } from "../platform/redaction.ts";
import { explainAwsError } from "./aws-errors.ts";

/** A developer reads about an unreachable service within five seconds of the start, including the time to print the error. */
const probeDeadlineSeconds = 4.5;
const minWaitMilliseconds = 500;

/** A service, and the environment variable that configures it. */
export interface ConfiguredService {
  variable: string;
  name: string;
  /** The variable's value. */
  address: string;
  /** A valid address. */
  example: string;
  /** Throws if the address is invalid. */
  check(address: string): unknown;
}

/**
 * Connects to a configured service.
 * @throws {ConfigurationError} if its address is invalid, or the service does not respond
 */
export async function probe<T>(service: ConfiguredService, connect: () => Promise<T>): Promise<T> {
  const { variable, name, address } = service;
  validateAddress(service);
  const left = Math.round(probeDeadlineSeconds * 10 - process.uptime() * 10) * 100;
  try {
    return await withTimeout(name, Math.max(left, minWaitMilliseconds), connect());
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const named = `${name} at ${redactText(address)} (${variable})`;
    const failure = explainAwsError(error);
    const reason = error instanceof Error ? redactText(error.message) : String(error);
    throw new ConfigurationError(
      failure
        ? `${named} cannot be used. ${failure.why} ${failure.action}`
        : `${named} does not respond: ${reason}. ` +
            `Start it, correct ${variable}, or unset ${variable} to use an embedded backend.`,
      { cause: error },
    );
  }
}

/** The message does not show the address: in an invalid one, a password cannot be told from the rest. */
function validateAddress({ variable, name, address, example, check }: ConfiguredService): void {
  try {
    check(address);
  } catch (error) {
    const secretFree = (error as Error).message.replaceAll(address, "[value]");
    throw new ConfigurationError(
      `${variable} is not an address of ${name}: ${redactText(secretFree)}. ` +
        `Correct it, for example ${variable}=${example}, or unset it to use an embedded backend.`,
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
  if (!URL.canParse(address)) throw new Error("it is not a URL");
  const url = new URL(address);
  if (!schemes.includes(url.protocol) || !url.hostname) {
    throw new Error(`it does not start with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`);
  }
}
