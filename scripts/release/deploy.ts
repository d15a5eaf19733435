import { getReason, hasCode, OperatorError, type Reason } from "../cli/errors.ts";
import { runResumable } from "../cli/interruptible.ts";
import { poll } from "../cli/polling.ts";
import { type DeployContext, delayMs, type FunctionRelease } from "./deploy-context.ts";
import { isInProgress } from "./deployments.ts";
import { failRelease } from "./failed-release.ts";

/** Log at least this often: silence looks like an end. */
const maxSilenceMs = 60_000;

/**
 * Shifts the traffic of functions to their new versions with CodeDeploy, and waits until it has. If one deployment fails, all
 * functions are rolled back, so that both run one release.
 *
 * @throws {OperatorError} `release-rolled-back` after a rollback
 * @throws {OperatorError} if the state of a deployment is unknown: the deployments then continue
 */
export async function deploy(context: DeployContext, releases: readonly FunctionRelease[]): Promise<void> {
  const started = releases.filter(({ isDone, deploymentId }) => isDone || deploymentId !== undefined);
  await runResumable(
    () => createDeployments(context, releases, started),
    () => explainContinuation(context, started),
  );
}

/** @param started receives the deployments that this creates */
async function createDeployments(
  context: DeployContext,
  releases: readonly FunctionRelease[],
  started: FunctionRelease[],
): Promise<void> {
  const ending = new AbortController();
  try {
    for (const release of releases) {
      if (started.includes(release)) continue;
      const deploymentId = await context.deployments.create(release, context.alarmOverrides[release.function]);
      started.push({ ...release, deploymentId });
    }
    await Promise.all(
      started.filter(({ isDone }) => !isDone).map((release) => followDeployment(context, release, ending.signal)),
    );
  } catch (error) {
    ending.abort();
    if (started.length === 0) throw error;
    const isOver = hasCode(error, "deployment-failed") || started.length < releases.length;
    if (isOver) await failRelease(context, started, error as Error);
    const { why, action } = explainContinuation(context, started);
    throw new OperatorError("deployment-state-unknown", {
      what: "The command cannot follow the deployment any more.",
      why: `${getReason(error)} ${why}`,
      action,
      cause: error,
    });
  }
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

/** Deployments outlive the command. */
const explainContinuation = ({ environment }: DeployContext, started: readonly FunctionRelease[]): Reason => ({
  why:
    `CodeDeploy continues without this command (${started.flatMap(({ deploymentId }) => deploymentId ?? []).join(", ")}), and no ` +
    "smoke test follows.",
  action: `To resume the release, run the command again. To stop it, run \`npm run ops -- rollback --environment ${environment}\`.`,
});
