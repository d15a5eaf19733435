import { join } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import { getObject, isObject, type JsonObject, type Stack } from "../terraform/synthesis.ts";

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);

/**
 * The emulator that `AWS_ENDPOINT_URL` names, or undefined when it is not set.
 *
 * @throws {ConfigurationError} when it is no loopback address: what is applied there could be a real account.
 */
export function parseEndpoint(value: string | undefined): string | undefined {
  if (!value) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && /^https?:$/.test(url.protocol) && isLoopback(url.hostname)) return value;
  throw new ConfigurationError(
    `Refused to apply on AWS_ENDPOINT_URL=${value}: it is not an http address of this machine. ` +
      "The infrastructure test applies and destroys on an emulator and must never reach a real account. " +
      "Point AWS_ENDPOINT_URL at an emulator on 127.0.0.1, or unset it to plan without applying.",
  );
}

/** @throws {ConfigurationError} when nothing answers at the endpoint within 5 s. */
export async function checkReachable(endpoint: string): Promise<void> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(5000) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new ConfigurationError(
      `No answer from AWS_ENDPOINT_URL=${endpoint}: ${cause}. The infrastructure test applies the stacks there. ` +
        "Start the emulator, or unset AWS_ENDPOINT_URL to plan without applying.",
    );
  }
}

/** Where a stack's state is during the test. */
export const toStatePath = (folder: string, stack: string): string => join(folder, `${stack}.tfstate`);

/**
 * Moves the local state of every stack into one folder, and what other stacks read of it with it.
 *
 * @returns the same stacks with changed configurations
 * @throws {ConfigurationError} when a stack keeps its state elsewhere than in a local file
 */
export function moveStates(folder: string, stacks: readonly Stack[]): Stack[] {
  const moved = new Map<string, string>();
  for (const { name, configuration } of stacks) {
    const path = getObject(configuration, "terraform", "backend", "local").path;
    if (typeof path !== "string") {
      throw new ConfigurationError(
        `${name} has no local backend although it was synthesized with ECOBEAT_BACKEND=local. ` +
          "The infrastructure test must not reach the real state. Give every stack a LocalBackend in that case.",
      );
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
      throw new ConfigurationError(
        `${stack.name} reads a state that no stack of the app writes (${name}). The infrastructure test knows the app's own ` +
          "stacks alone. Pass the value as a reference between stacks, or by an SSM parameter.",
      );
    }
    config.path = path;
  }
  return configuration;
}
