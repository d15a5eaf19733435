import type { DeployedEnvironment } from "../../service/contract.ts";
import { hasCode, OperatorError } from "../cli/errors.ts";
import { poll } from "../cli/polling.ts";
import { type Deployments, isInProgress } from "./deployments.ts";
import type { ReleasedFunction, ReleaseFunctions } from "./functions.ts";

/** What a release does with one function. */
export interface FunctionRelease {
  readonly function: ReleasedFunction;
  readonly from: number;
  readonly to: number;
  /** The deployment that shifts the traffic already. @default it has not started, or has ended */
  readonly deploymentId?: string;
  /** Whether the function runs the version already. */
  readonly isDone: boolean;
}

/** Receives the progress of a command. */
export interface CommandOutput {
  readonly log: (line: string) => void;
  /** Receives failures that do not stop the command. */
  readonly warn: (line: string) => void;
}

export interface DeployContext {
  readonly environment: DeployedEnvironment;
  readonly functions: ReleaseFunctions;
  readonly deployments: Deployments;
  readonly output: CommandOutput;
}

const delayMs = (attempt: number): number => Math.min(250 * 2 ** (attempt - 1), 2_000);
/** Log at least this often: silence looks like an end. */
const maxSilenceMs = 60_000;
/** CodeDeploy rolls an alias back within seconds. */
const rollbackTimeoutMs = 60_000;

/**
 * Shifts the traffic of functions to their new versions with CodeDeploy, and waits until it has. If one deployment fails, all
 * functions are rolled back, so that both run one release.
 *
 * @throws {OperatorError} `release-rolled-back` after a rollback
 * @throws {OperatorError} if the state of a deployment is unknown: the deployments then continue
 */
export async function deploy(context: DeployContext, releases: readonly FunctionRelease[]): Promise<void> {
  const started = releases.filter(({ isDone, deploymentId }) => isDone || deploymentId !== undefined);
  const ending = new AbortController();
  const stopListening = onInterrupt(context, started);
  try {
    for (const release of releases) {
      if (started.includes(release)) continue;
      const deploymentId = await context.deployments.create(release.function, release.from, release.to);
      started.push({ ...release, deploymentId });
    }
    await Promise.all(
      started
        .filter(({ isDone }) => !isDone)
        .map((release) => followDeployment(context, release, ending.signal)),
    );
  } catch (error) {
    ending.abort();
    if (started.length === 0) throw error;
    const isOver = hasCode(error, "deployment-failed") || started.length < releases.length;
    if (isOver) await failRelease(context, started, error as Error);
    throw new OperatorError(
      "deployment-state-unknown",
      {
        what: "The command cannot follow the deployment any more.",
        why: (error as Error).message,
        action: describeContinuation(context, started),
      },
      { cause: error },
    );
  } finally {
    stopListening();
  }
}

/**
 * Rolls back a release that failed.
 * @throws {OperatorError} always: `release-rolled-back`, or why it was not
 */
export async function failRelease(
  context: DeployContext,
  releases: readonly FunctionRelease[],
  cause: Error,
): Promise<never> {
  await rollBackFunctions(context, releases);
  const running = releases.map(({ function: id, from }) => `${id} ${from}`).join(", ");
  throw new OperatorError(
    "release-rolled-back",
    {
      what: `${context.environment} runs the previous release again: ${running}.`,
      why: cause.message,
      action: "Fix the cause, and release again. See runbooks/release.md.",
    },
    { cause },
  );
}

/**
 * Shifts all traffic back to the previous versions. It stops a deployment that is in progress first. It skips a function whose alias
 * another user has updated since.
 *
 * @throws {OperatorError} if AWS refuses
 */
async function rollBackFunctions(
  { functions, deployments, output }: DeployContext,
  releases: readonly FunctionRelease[],
): Promise<void> {
  for (const { deploymentId } of releases) if (deploymentId) await deployments.stop(deploymentId);
  for (const { function: id, from, to } of releases) {
    await waitUntilIdle(deployments, id);
    const live = await functions.getLiveAlias(id);
    if (live.version !== from && live.version !== to) {
      output.log(`${id}: stays on ${live.version}, to which another user has shifted it`);
      continue;
    }
    // Even if CodeDeploy has rolled it back: the alias then says so, and a later rollback goes no further.
    await functions.rollBack(id, { ...live, additionalVersions: [to] }, from);
    output.log(`${id}: rolled back from ${to} to ${from}`);
  }
}

/** Waits for all deployments of a function, also those that undo another one. */
async function waitUntilIdle(deployments: Deployments, id: ReleasedFunction): Promise<void> {
  const deadline = Date.now() + rollbackTimeoutMs;
  await poll(
    async () => {
      const deployment = await deployments.findInProgress(id);
      if (!deployment) return true;
      if (Date.now() <= deadline) return undefined;
      throw new OperatorError("release-not-rolled-back", {
        what: `${id} may still run the new version.`,
        why: `CodeDeploy has not ended ${deployment.id} within a minute.`,
        action: "Run `npm run ops -- rollback` for the environment.",
      });
    },
    { delayMs },
  );
}

async function followDeployment(
  { deployments, functions, output }: DeployContext,
  { function: id, to, deploymentId = "" }: FunctionRelease,
  signal: AbortSignal,
): Promise<void> {
  let [logged, loggedAt] = ["", 0];
  const { status, reason } = await poll(
    async () => {
      const deployment = await deployments.get(deploymentId);
      const { version, additionalVersions } = await functions.getLiveAlias(id);
      const versions = [version, ...additionalVersions].join(" and ");
      const line = `${id}: ${deploymentId} is ${deployment.status}, traffic goes to ${versions}`;
      if (line !== logged || Date.now() - loggedAt > maxSilenceMs) {
        output.log(line);
        [logged, loggedAt] = [line, Date.now()];
      }
      return isInProgress(deployment) ? undefined : deployment;
    },
    { delayMs, signal },
  );
  if (status === "Succeeded") return;
  throw new OperatorError("deployment-failed", {
    what: `Version ${to} of ${id} was not released.`,
    why: `${deploymentId} ${status === "Stopped" ? "was stopped" : "failed"}${reason ? ` (${reason})` : ""}.`,
    action: "Look the reason up in runbooks/release.md.",
  });
}

const describeContinuation = ({ environment }: DeployContext, started: readonly FunctionRelease[]): string =>
  `CodeDeploy continues without this command (${started.flatMap(({ deploymentId }) => deploymentId ?? []).join(", ")}), and no ` +
  "smoke test follows. To resume the release, run the command again. " +
  `To stop it, run \`npm run ops -- rollback --environment ${environment}\`.`;

/** Explains that deployments outlive the command. @returns what removes the listener */
function onInterrupt(context: DeployContext, started: readonly FunctionRelease[]): () => void {
  const end = (signal: NodeJS.Signals) => {
    context.output.warn(`Interrupted by ${signal}. ${describeContinuation(context, started)}`);
    process.exit(130);
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}
