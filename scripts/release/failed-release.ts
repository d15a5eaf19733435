import { getReason, hasCode, OperatorError } from "../cli/errors.ts";
import { poll } from "../cli/polling.ts";
import { waitUntilRolledBack } from "./codedeploy-rollback.ts";
import { type DeployContext, delayMs, type FunctionRelease } from "./deploy-context.ts";
import type { ReleasedFunction } from "./functions.ts";

/** CodeDeploy rolls an alias back within seconds. */
const timeoutMs = { rollbackStart: 10_000, rollback: 60_000 };

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
  throw new OperatorError("release-rolled-back", {
    what: `${context.environment} runs the previous release again: ${running}.`,
    why: getReason(cause),
    action: "Fix the cause, and release again. See runbooks/release.md.",
    cause,
  });
}

/**
 * Shifts all traffic back to the previous versions. It stops a deployment that is in progress first. It skips a function whose alias
 * another user has updated since.
 *
 * @throws {OperatorError} if AWS refuses
 */
async function rollBackFunctions(context: DeployContext, releases: readonly FunctionRelease[]): Promise<void> {
  const { functions, deployments, output } = context;
  for (const { deploymentId } of releases) if (deploymentId) await deployments.stop(deploymentId);
  for (const { function: id, from, to, deploymentId } of releases) {
    if (deploymentId) await waitForCodeDeploy(context, deploymentId);
    await waitUntilIdle(context, id);
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

/** Waits for CodeDeploy's own rollback, if it starts one. */
async function waitForCodeDeploy({ deployments, output }: DeployContext, deploymentId: string): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs.rollback);
  const limits = { delayMs, signal, rollbackStartMs: timeoutMs.rollbackStart };
  await waitUntilRolledBack(deployments, deploymentId, limits).catch((error: Error) => {
    // CodeDeploy does not roll back a deployment that it refused, for example because another user changed the alias.
    if (!signal.aborted && !hasCode(error, "rollback-not-started")) throw error;
    output.log(getReason(error));
  });
}

/** Waits for all deployments of a function, also those that undo another one. */
async function waitUntilIdle({ deployments, environment }: DeployContext, id: ReleasedFunction): Promise<void> {
  const deadline = Date.now() + timeoutMs.rollback;
  await poll(
    async () => {
      const deployment = await deployments.findInProgress(id);
      if (!deployment) return true;
      if (Date.now() <= deadline) return undefined;
      throw new OperatorError("release-not-rolled-back", {
        what: `${id} may still run the new version.`,
        why: `CodeDeploy has not ended ${deployment.id} within a minute.`,
        action: `Run \`npm run ops -- rollback --environment ${environment}\`.`,
      });
    },
    { delayMs },
  );
}
