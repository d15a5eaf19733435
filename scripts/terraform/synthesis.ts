import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { OperatorError } from "../cli/errors.ts";

/** A value of a stack's `cdk.tf.json`. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** An object of a stack's `cdk.tf.json`, or the whole of it. */
export type JsonObject = { [key: string]: Json };

/** A synthesized stack. */
export interface Stack {
  readonly name: string;
  /** The folder of its `cdk.tf.json` and its assets. */
  readonly folder: string;
  /** Names of the stacks whose outputs it reads. */
  readonly dependencies: readonly string[];
  readonly configuration: JsonObject;
}

interface Manifest {
  readonly stacks: Record<
    string,
    {
      readonly name: string;
      readonly constructPath: string;
      readonly workingDirectory: string;
      readonly synthesizedStackPath: string;
      readonly dependencies: readonly string[];
    }
  >;
}

/**
 * Synthesizes a CDKTF app in a separate process, into `folder` only.
 *
 * @param app path of the app's entry point
 * @param backend where the stacks store their state: `local` (in files next to them) or `cloud` (in HCP Terraform)
 * @returns its stacks, each after its dependencies
 * @throws {OperatorError} with the app's own error or its whole output, if it fails
 */
export async function synthesize(
  app: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
  backend = "local",
): Promise<Stack[]> {
  await mkdir(folder, { recursive: true });
  const env = { ...environment, ECOBEAT_BACKEND: backend, CDKTF_OUTDIR: folder };
  const args = ["--max-semi-space-size=4", join(import.meta.dirname, "..", "run.cjs"), app];
  await promisify(execFile)(process.execPath, args, { env }).catch((cause) => {
    const error = new OperatorError("synthesis-failed", {
      what: `${app} does not synthesize.`,
      why: `It printed:\n${cause.stdout}${cause.stderr}\n`,
      action: "Run `npm run synth`, and correct the error.",
      cause,
    });
    // An error with a code says what to do itself.
    if (/^.* \[[a-z-]+\]$/.test(cause.stderr.trim())) error.message = cause.stderr.trim();
    throw error;
  });
  return readStacks(folder);
}

/** Reads what CDKTF wrote into a folder. @returns its stacks, each after its dependencies */
export async function readStacks(folder: string): Promise<Stack[]> {
  const manifest: Manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
  const descriptions = Object.values(manifest.stacks);
  const nameByPath = new Map(descriptions.map((stack) => [stack.constructPath, stack.name]));
  const stacks = descriptions.map(async (stack) => ({
    name: stack.name,
    folder: join(folder, stack.workingDirectory),
    dependencies: stack.dependencies.map((path) => nameByPath.get(path)!),
    configuration: JSON.parse(await readFile(join(folder, stack.synthesizedStackPath), "utf8")),
  }));
  return sortByDependencies(await Promise.all(stacks));
}

function sortByDependencies(stacks: Stack[]): Stack[] {
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const ordered = new Set<Stack>();
  const add = (stack: Stack): void => {
    for (const name of stack.dependencies) add(byName.get(name)!);
    ordered.add(stack);
  };
  for (const stack of stacks) add(stack);
  return [...ordered];
}

/** Groups stacks: those that depend on each other, directly or indirectly, are in one chain. */
export function toDependencyChains(ordered: readonly Stack[]): Stack[][] {
  let chains: Stack[][] = [];
  for (const stack of ordered) {
    const joined = chains.filter((chain) => chain.some(({ name }) => stack.dependencies.includes(name)));
    chains = [...chains.filter((chain) => !joined.includes(chain)), [...joined.flat(), stack]];
  }
  return chains;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object at a path of keys; an empty one if it does not exist. */
export function getObject(configuration: JsonObject, ...keys: string[]): JsonObject {
  let found: JsonObject = configuration;
  for (const key of keys) {
    const next = found[key];
    if (!isObject(next)) return {};
    found = next;
  }
  return found;
}
