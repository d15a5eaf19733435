import { join } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import { isLoopback } from "../cli/service-url.ts";
import { getObject, isObject, type JsonObject, type Stack } from "../terraform/synthesis.ts";

/**
 * Parses `AWS_ENDPOINT_URL`, the address of the emulator. Undefined if it is not set.
 *
 * @throws {OperatorError} if it is not a loopback address: the test could apply to a real account
 */
export function parseEndpoint(value: string | undefined): string | undefined {
  if (!value) return undefined;
  const url = URL.parse(value);
  if (url && /^https?:$/.test(url.protocol) && isLoopback(url.hostname)) return value;
  throw new OperatorError("endpoint-not-loopback", {
    what: `AWS_ENDPOINT_URL=${value} is not an http address of this machine.`,
    why: "The infrastructure test applies and destroys, and must never reach a real account.",
    action: "Set AWS_ENDPOINT_URL to an emulator on 127.0.0.1, or unset it to plan without applying.",
  });
}

/** @throws {OperatorError} if the emulator does not respond within 5 s */
export async function checkReachable(endpoint: string): Promise<void> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(5000) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new OperatorError("emulator-unreachable", {
      what: `The emulator does not respond at AWS_ENDPOINT_URL=${endpoint}.`,
      why: `${cause}.`,
      action: "Start the emulator, or unset AWS_ENDPOINT_URL to plan without applying.",
    });
  }
}

/** Path of a stack's state during the test. */
export const toStatePath = (folder: string, stack: string): string => join(folder, `${stack}.tfstate`);

/**
 * Moves the local state of every stack into one folder, and updates the stacks that read it.
 *
 * @returns the same stacks with changed configurations
 * @throws {OperatorError} if a stack's state is not in a local file
 */
export function moveStates(folder: string, stacks: readonly Stack[]): Stack[] {
  const moved = new Map<string, string>();
  for (const { name, configuration } of stacks) {
    const path = getObject(configuration, "terraform", "backend", "local").path;
    if (typeof path !== "string") {
      throw new OperatorError("stack-without-local-backend", {
        what: `${name} has no local backend, although ECOBEAT_BACKEND is \`local\`.`,
        why: "The infrastructure test must not reach the real state.",
        action: "Give every stack a LocalBackend in that case.",
      });
    }
    moved.set(path, toStatePath(folder, name));
  }
  return stacks.map((stack) => ({ ...stack, configuration: movePaths(stack, moved) }));
}

function movePaths(stack: Stack, moved: ReadonlyMap<string, string>): JsonObject {
  const configuration = structuredClone(stack.configuration);
  const backend = getObject(configuration, "terraform", "backend", "local");
  backend.path = moved.get(String(backend.path))!;
  for (const [name, source] of Object.entries(getObject(configuration, "data", "terraform_remote_state"))) {
    if (!isObject(source)) continue;
    const config = getObject(source, "config");
    const path = moved.get(String(config.path));
    if (source.backend !== "local" || !path) {
      throw new OperatorError("stack-reads-unknown-state", {
        what: `${stack.name} reads the state ${name}, which no stack of the app writes.`,
        why: "The infrastructure test creates only the states of the app's stacks.",
        action: "Pass the value as a reference between stacks, or by an SSM parameter.",
      });
    }
    config.path = path;
  }
  return configuration;
}
