import type { Resolver } from "node:dns/promises";
import { explainAwsError } from "../../service/local/aws-errors.ts";
import type { Clock } from "../../service/platform/clock.ts";
import { redactText } from "../../service/platform/redaction.ts";
import type { Environment } from "../../stacks/environments.ts";
import { hasCode, OperatorError, type Reason } from "../cli/errors.ts";
import { listResources, type StackConfiguration } from "../terraform/resources.ts";
import { getObject, isObject, type Stack } from "../terraform/synthesis.ts";

/**
 * `ok`: as it must be. `wrong`: a deployment or the service would fail, or an alarm would reach no one. `unknown`: the check
 * could not be made. `not yet`: a deployment or a later step creates it.
 */
export type State = "ok" | "wrong" | "unknown" | "not yet";

/** What a check found. */
export interface Outcome {
  readonly state: State;
  readonly found: string;
  /** What the check looked at, if it looks at several things. @default the check has one subject */
  readonly subject?: string;
  /** @default that of the check */
  readonly wanted?: string;
  /** What to do. @default nothing */
  readonly action?: string | undefined;
}

/** An outcome with the name of its check. */
export interface Finding extends Outcome {
  readonly check: string;
  readonly wanted: string;
}

/** What checks know. Each asks services itself. */
export interface Context {
  readonly environment: Environment;
  /** Environment variables of the process. */
  readonly variables: NodeJS.ProcessEnv;
  /** Root of the repository. */
  readonly folder: string;
  readonly clock: Clock;
  readonly resolver: Resolver;
  /** The environment's stacks. @throws {OperatorError} if they do not synthesize */
  readonly stacks: () => readonly Stack[];
  /** @throws if the AWS credentials are missing, or belong to another account */
  readonly requireAccount: () => Promise<void>;
  /** Whether the service is deployed: what a deployment creates must then exist. */
  readonly isDeployed: () => Promise<boolean>;
}

/** Looks at one thing, or at several of a kind. */
export interface Check {
  readonly name: string;
  readonly wanted: string;
  /** @throws if it could not ask: the state is then `unknown`. */
  readonly run: (context: Context, signal: AbortSignal) => Promise<Outcome | readonly Outcome[]>;
}

/** Longer than the time limits of single calls. */
const checkLimitMs = 40_000;

/** Runs a check. It never throws, and ends after a time limit. */
export async function runCheck(
  { name, wanted, run }: Check,
  context: Context,
  limitMs = checkLimitMs,
): Promise<Finding[]> {
  const controller = new AbortController();
  const { signal } = controller;
  const expired = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const timer = setTimeout(() => {
    const error = new OperatorError("doctor-check-timeout", {
      what: `No result within ${limitMs / 1_000} s.`,
      why: "A service does not respond.",
      action: "Check your network connection, and run this again.",
    });
    controller.abort(error);
  }, limitMs);
  try {
    const outcomes = [await Promise.race([run(context, signal), expired])].flat();
    // A check that finds nothing to check must not look like one that passed.
    if (outcomes.length === 0) throw new Error("nothing to check was found in the stacks");
    return outcomes.map(({ subject, ...outcome }) => ({
      check: subject ? `${name}: ${subject}` : name,
      wanted,
      ...outcome,
    }));
  } catch (error) {
    const { why, action } = explain(error);
    return [{ check: name, wanted, state: "unknown", found: why, action }];
  } finally {
    clearTimeout(timer);
  }
}

function explain(error: unknown): Reason {
  if (error instanceof OperatorError) return { why: error.reason, action: error.action };
  const { message, cause } = error as Error;
  return (
    explainAwsError(error) ?? {
      why: redactText(cause instanceof Error ? cause.message : message),
      action: "Check your network connection, and run this again.",
    }
  );
}

/** The outcome for something that a deployment creates, and that does not exist. */
export async function toMissing({ isDeployed }: Context, outcome: Omit<Outcome, "state">): Promise<Outcome> {
  try {
    return { ...outcome, state: (await isDeployed()) ? "wrong" : "not yet" };
  } catch (error) {
    const found = `${outcome.found}, and whether the service is deployed is unknown: ${explain(error).why}`;
    return { ...outcome, state: "unknown", found };
  }
}

/** The outcome of a check whether a token is accepted. @throws the error, if the API did not reject the token */
export function toRejection(error: unknown): Outcome {
  if (!hasCode(error, "api-unauthorized")) throw error;
  const { reason, action } = error as OperatorError;
  return { state: "wrong", found: reason, action };
}

/** The resources of a type in the environment's stacks, each with its region. */
export function listOwnResources({ stacks, environment }: Context, type: string) {
  const all = stacks();
  const configurations = all.map(({ name, configuration }) => [name, configuration as StackConfiguration] as const);
  return listResources(Object.fromEntries(configurations))
    .filter((resource) => resource.type === type)
    .map(({ stack, attributes }) => ({
      attributes,
      region: findRegion(all.find(({ name }) => name === stack)!, attributes.provider) ?? environment.region,
    }));
}

/** Region of a provider such as `aws.us-east-1`, whose name after the dot is its alias. */
function findRegion({ configuration }: Stack, provider: unknown): string | undefined {
  const alias = String(provider).split(".")[1];
  const { aws = [] } = getObject(configuration, "provider");
  const found = [aws].flat().find((each) => isObject(each) && each.alias === alias);
  return isObject(found) && typeof found.region === "string" ? found.region : undefined;
}
