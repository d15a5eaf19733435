import { OperatorError } from "../cli/errors.ts";
import { type PollOptions, poll } from "../cli/polling.ts";
import { type Deployments, isInProgress } from "./deployments.ts";

/** How to wait, and for how long. */
export interface WaitLimits extends Pick<PollOptions, "delayMs" | "signal"> {
  /** Time for CodeDeploy to create its rollback deployment, after the other one has ended. */
  readonly rollbackStartMs: number;
}

/**
 * Waits until a deployment has ended, and also the one with which CodeDeploy rolls it back. CodeDeploy creates that one after the
 * stopped deployment has left the list of those in progress, and then names it in `rollbackInfo`:
 * https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_RollbackInfo.html
 *
 * @throws {OperatorError} `rollback-not-started` if CodeDeploy does not roll back a deployment that did not succeed
 * @throws {OperatorError} if AWS refuses a call
 * @throws the reason of the signal
 */
export async function waitUntilRolledBack(
  deployments: Deployments,
  deploymentId: string,
  { rollbackStartMs, ...options }: WaitLimits,
): Promise<void> {
  let endedAt: number | undefined;
  const rollbackId = await poll(async () => {
    const deployment = await deployments.get(deploymentId, options.signal);
    if (isInProgress(deployment)) return undefined;
    // A rollback deployment is not rolled back itself.
    if (deployment.status === "Succeeded" || deployment.isRollback) return "";
    if (deployment.rollbackId !== undefined) return deployment.rollbackId;
    endedAt ??= Date.now();
    if (Date.now() - endedAt <= rollbackStartMs) return undefined;
    throw new OperatorError("rollback-not-started", {
      what: `CodeDeploy has not started to roll ${deploymentId} back.`,
      why: `It ended ${rollbackStartMs / 1_000} seconds ago.`,
      action: "Look at the deployment in the console of CodeDeploy.",
    });
  }, options);
  if (rollbackId === "") return;
  await poll(async () => (isInProgress(await deployments.get(rollbackId, options.signal)) ? undefined : true), options);
}
