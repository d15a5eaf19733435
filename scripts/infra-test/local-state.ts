import { join } from "node:path";
import { isObject, type JsonObject, objectAt } from "./configuration.ts";
import { RehearsalError } from "./errors.ts";
import type { Stack } from "./synthesis.ts";

/** Where a stack's state is during the rehearsal. */
export const statePath = (folder: string, stack: string): string => join(folder, `${stack}.tfstate`);

/**
 * Moves the local state of every stack into one folder, and what other stacks read of it with it.
 *
 * @returns the same stacks with changed configurations
 * @throws RehearsalError when a stack keeps its state elsewhere than in a local file
 */
export function withStatesIn(folder: string, stacks: readonly Stack[]): Stack[] {
  const moved = new Map<string, string>();
  for (const { name, configuration } of stacks) {
    const path = objectAt(configuration, "terraform", "backend", "local").path;
    if (typeof path !== "string") {
      throw new RehearsalError(
        `${name} has no local backend although it was synthesized with ECOBEAT_BACKEND=local. ` +
          "The rehearsal must not reach the real state. Give every stack a LocalBackend in that case.",
      );
    }
    moved.set(path, statePath(folder, name));
  }
  return stacks.map((stack) => ({ ...stack, configuration: withMovedPaths(stack, moved) }));
}

function withMovedPaths(stack: Stack, moved: ReadonlyMap<string, string>): JsonObject {
  const configuration = structuredClone(stack.configuration);
  const backend = objectAt(configuration, "terraform", "backend", "local");
  backend.path = moved.get(String(backend.path))!;
  for (const [name, source] of Object.entries(objectAt(configuration, "data", "terraform_remote_state"))) {
    if (!isObject(source)) continue;
    const config = objectAt(source, "config");
    const path = moved.get(String(config.path));
    if (source.backend !== "local" || !path) {
      throw new RehearsalError(
        `${stack.name} reads a state that no stack of the app writes (${name}). The rehearsal knows the app's own ` +
          "stacks alone. Pass the value as a reference between stacks, or by an SSM parameter.",
      );
    }
    config.path = path;
  }
  return configuration;
}
