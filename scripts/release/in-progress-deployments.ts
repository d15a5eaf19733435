import type { DeployedEnvironment } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
import { waitUntilRolledBack } from "./codedeploy-rollback.ts";
import type { Deployments, InProgressDeployment } from "./deployments.ts";
import { type FunctionStates, type ReleasedFunction, releasedFunctions } from "./functions.ts";
import type { LoggedEvent } from "./release-log.ts";

/** The deployment of each function that is in progress. */
export type InProgressDeployments = Readonly<Record<ReleasedFunction, InProgressDeployment | undefined>>;

/**
 * Refuses to release while traffic shifts to another archive. A deployment of the same archive comes from an interrupted run, which
 * this one resumes.
 *
 * @param newest the last event of the release log
 * @throws {OperatorError} if another release is in progress, or was left incomplete
 */
export function assertNoOtherRelease(
  environment: DeployedEnvironment,
  states: FunctionStates,
  inProgress: InProgressDeployments,
  sha256: string,
  newest: LoggedEvent | undefined,
): void {
  const rollback = `\`npm run ops -- rollback --environment ${environment}\``;
  for (const id of releasedFunctions) {
    const { live, versions } = states[id];
    const deployment = inProgress[id];
    if (deployment) {
      const { from, to } = deployment.versions ?? {};
      const isSameArchive = versions.some((each) => each.version === to && each.sha256 === sha256);
      if (isSameArchive && !deployment.isRollback) continue;
      const range = from === undefined ? "" : ` from ${from} to ${to}`;
      const last = newest ? ` The release log ends with "${newest.event}", by ${newest.by}.` : "";
      throw new OperatorError("release-in-progress", {
        what: "Nothing was released.",
        why: `${deployment.id} has shifted the traffic of ${id}${range} since ${deployment.createdAt}.${last}`,
        action: `Wait until it has ended, or end it with ${rollback}. Then run the command again.`,
      });
    }
    if (live.additionalVersions.length > 0) {
      throw new OperatorError("release-incomplete", {
        what: "Nothing was released.",
        why: `${id} runs the versions ${[live.version, ...live.additionalVersions].join(" and ")}, and no deployment is in progress.`,
        action: `Restore one release first: ${rollback}.`,
      });
    }
  }
}

/** CodeDeploy must not delay a rollback for long. */
const timeoutMs = { response: 3_000, rollback: 5_000 };

/**
 * Reads which deployments are in progress.
 * @returns none if CodeDeploy does not respond in time, after a warning
 */
export async function findInProgressDeployments(
  deployments: Deployments,
  warn: (line: string) => void,
): Promise<InProgressDeployments> {
  const deadline = AbortSignal.timeout(timeoutMs.response);
  try {
    const [api, auth] = await Promise.all(releasedFunctions.map((id) => deployments.findInProgress(id, deadline)));
    return { api, auth };
  } catch (error) {
    warn(`${(error as Error).message} The rollback continues without CodeDeploy.`);
    return { api: undefined, auth: undefined };
  }
}

/** Adds the versions to which deployments are about to shift traffic. */
export function addTargetVersions(states: FunctionStates, inProgress: InProgressDeployments): FunctionStates {
  const addTarget = (id: ReleasedFunction) => {
    const { live, versions } = states[id];
    const others = new Set([...live.additionalVersions, inProgress[id]?.versions?.to ?? live.version]);
    others.delete(live.version);
    return { versions, live: { ...live, additionalVersions: [...others] } };
  };
  return { api: addTarget("api"), auth: addTarget("auth") };
}

/**
 * Stops deployments, and waits a few seconds until CodeDeploy has rolled their aliases back: otherwise it would do so after us.
 * It does not stop a rollback of CodeDeploy, only waits for it.
 */
export async function stopDeployments(
  deployments: Deployments,
  inProgress: InProgressDeployments,
  warn: (line: string) => void,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs.rollback);
  const limits = { delayMs: 100, signal, rollbackStartMs: timeoutMs.rollback };
  const stop = async ({ id, isRollback }: InProgressDeployment) => {
    if (!isRollback) await deployments.stop(id, signal);
    await waitUntilRolledBack(deployments, id, limits);
  };
  try {
    await Promise.all(releasedFunctions.flatMap((id) => inProgress[id] ?? []).map(stop));
  } catch (error) {
    const reason = signal.aborted ? "CodeDeploy has not rolled back within 5 seconds." : (error as Error).message;
    warn(`${reason} The rollback continues without CodeDeploy.`);
  }
}
