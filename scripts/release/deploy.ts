import { setTimeout as wait } from "node:timers/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { type Deployment, type Deployments, isInProgress } from "./deployments.ts";
import type { ReleasedFunction, ReleaseFunctions } from "./functions.ts";

/** What a release does with one function. */
export interface FunctionRelease {
  readonly function: ReleasedFunction;
  readonly from: number;
  readonly to: number;
  /** Id of the deployment that does it already. @default it is still to be begun, or done */
  readonly deploymentId?: string;
  /** Whether the function is there already. */
  readonly isDone: boolean;
}

/** Thrown when CodeDeploy gave a release up, after all functions were put back. */
export class ReleaseFailed extends ConfigurationError {}

/** Hears how a command goes. */
export interface CommandOutput {
  /** A step of it. */
  readonly log: (line: string) => void;
  /** What failed on the way, and stops nothing. */
  readonly warn: (line: string) => void;
}

export interface DeployContext {
  readonly environment: DeployedEnvironment;
  readonly functions: ReleaseFunctions;
  readonly deployments: Deployments;
  readonly output: CommandOutput;
}

const pollDelayMs = { first: 250, longest: 2_000 };
/** A line at least so often: silence looks like an end. */
const maxSilenceMs = 60_000;
/** CodeDeploy puts an alias back within seconds. */
const rollbackTimeoutMs = 60_000;

/**
 * Has CodeDeploy move functions to their new versions, and waits until it has. If it gives one up, all are put back, so that both run
 * one release.
 *
 * @throws {ReleaseFailed} if all were put back
 * @throws {ConfigurationError} if how it goes cannot be seen any more: the deployments then go on
 */
export async function deploy(work: DeployContext, releases: readonly FunctionRelease[]): Promise<void> {
  const begun = releases.filter(({ isDone, deploymentId }) => isDone || deploymentId !== undefined);
  const ending = new AbortController();
  const stopListening = onInterrupt(work, begun);
  try {
    for (const release of releases) {
      if (begun.includes(release)) continue;
      const deployment = await work.deployments.create(release.function, release.from, release.to);
      begun.push({ ...release, deploymentId: deployment });
    }
    await Promise.all(
      begun.filter(({ isDone }) => !isDone).map((release) => followDeployment(work, release, ending.signal)),
    );
  } catch (error) {
    ending.abort();
    const isOver = error instanceof ReleaseFailed || begun.length < releases.length;
    if (begun.length === 0) throw error;
    if (!isOver) {
      throw new ConfigurationError(`${(error as Error).message}\n${describeContinuation(work, begun)}`, {
        cause: error,
      });
    }
    await rollBackFunctions(work, begun);
    throw new ReleaseFailed(`${(error as Error).message}\n${describeRollback(begun)}`, { cause: error });
  } finally {
    stopListening();
  }
}

/**
 * Lets all requests go to the versions before again. A deployment that goes on is stopped first; a function that somebody else moved
 * on since is left.
 *
 * @throws {ConfigurationError} if AWS refuses
 */
export async function rollBackFunctions(
  work: DeployContext,
  releases: readonly FunctionRelease[],
): Promise<void> {
  const { functions, deployments, output } = work;
  for (const { deploymentId } of releases) if (deploymentId) await deployments.stop(deploymentId);
  for (const { function: id, from, to } of releases) {
    await waitUntilIdle(work, id);
    const live = await functions.getLiveAlias(id);
    if (live.version !== from && live.version !== to) {
      output.log(`${id}: left at ${live.version}, where somebody else moved it`);
      continue;
    }
    // Also where CodeDeploy did it already: the alias then says that it was rolled back, and a rollback goes no further.
    await functions.rollBack(id, { ...live, additionalVersions: [to] }, from);
    output.log(`${id}: put back from ${to} to ${from}`);
  }
}

/** Waits until no deployment of a function goes on, with those that undo another one. */
async function waitUntilIdle({ deployments }: DeployContext, id: ReleasedFunction): Promise<void> {
  const deadline = Date.now() + rollbackTimeoutMs;
  for (const pause of pauses()) {
    const going = await deployments.findInProgress(id);
    if (!going) return;
    if (Date.now() > deadline) {
      throw new ConfigurationError(
        `${id} may not be what it was: CodeDeploy has not ended ${going.id} within a minute. Run ` +
          "`npm run ops -- rollback` for the environment.",
      );
    }
    await wait(pause);
  }
}

async function followDeployment(
  work: DeployContext,
  release: FunctionRelease,
  signal: AbortSignal,
): Promise<void> {
  const { function: id, to, deploymentId = "" } = release;
  let [told, toldAt] = ["", 0];
  for (const pause of pauses()) {
    const state = await work.deployments.get(deploymentId);
    const { version, additionalVersions } = await work.functions.getLiveAlias(id);
    const line = `${id}: ${deploymentId} is ${state.status}, ${[version, ...additionalVersions].join(" and ")} serves`;
    if (line !== told || Date.now() - toldAt > maxSilenceMs) {
      work.output.log(line);
      [told, toldAt] = [line, Date.now()];
    }
    if (!isInProgress(state)) return assertSucceeded(id, to, state);
    await wait(pause, undefined, { signal });
  }
}

function assertSucceeded(
  id: ReleasedFunction,
  to: number,
  { id: deployment, status, reason }: Deployment,
): void {
  if (status === "Succeeded") return;
  throw new ReleaseFailed(
    `Version ${to} of ${id} was not released: ${deployment} has ${status === "Stopped" ? "been stopped" : "failed"}` +
      `${reason ? ` (${reason})` : ""}. See runbooks/release.md for what to do about it.`,
  );
}

function* pauses(): Generator<number> {
  for (let pause = pollDelayMs.first; ; pause = Math.min(2 * pause, pollDelayMs.longest)) yield pause;
}

const describeRollback = (releases: readonly FunctionRelease[]): string =>
  `Both functions run one release again: ${releases.map(({ function: id, from }) => `${id} ${from}`).join(", ")}.`;

const describeContinuation = ({ environment }: DeployContext, begun: readonly FunctionRelease[]): string =>
  `CodeDeploy goes on without this command (${begun.flatMap(({ deploymentId }) => deploymentId ?? []).join(", ")}), and nobody looks from ` +
  "outside when it is done. Run this again to go on with the release, or stop it with\n" +
  `    npm run ops -- rollback --environment ${environment}`;

/** Says that deployments outlive the command that began them. @returns what ends it */
function onInterrupt(work: DeployContext, begun: readonly FunctionRelease[]): () => void {
  const end = (signal: NodeJS.Signals) => {
    work.output.warn(`Interrupted by ${signal}. ${describeContinuation(work, begun)}`);
    process.exit(130);
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}
