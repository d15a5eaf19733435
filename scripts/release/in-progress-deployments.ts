import { setTimeout as wait } from "node:timers/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Deployment, Deployments } from "./deployments.ts";
import { type FunctionStates, type ReleasedFunction, releasedFunctions } from "./functions.ts";
import type { LoggedEvent } from "./release-log.ts";

/** The deployment of each function that goes on. */
export type InProgressDeployments = Readonly<Record<ReleasedFunction, Deployment | undefined>>;

/**
 * Refuses to release while another archive is on its way. A deployment of this archive was begun by a run that was interrupted, and
 * is taken up.
 *
 * @param newest the last line of the release log
 * @throws {ConfigurationError} with who is to do what
 */
export function assertNoOtherRelease(
  environment: DeployedEnvironment,
  states: FunctionStates,
  inProgress: InProgressDeployments,
  sha256: string,
  newest: LoggedEvent | undefined,
): void {
  const end = `end it with \`npm run ops -- rollback --environment ${environment}\``;
  for (const id of releasedFunctions) {
    const { live, versions } = states[id];
    const deployment = inProgress[id];
    if (deployment) {
      const { from, to } = deployment.versions ?? {};
      const isOurs = versions.some((each) => each.version === to && each.sha256 === sha256);
      if (isOurs && !deployment.isRollback) continue;
      const where = from === undefined ? "" : ` from ${from} to ${to}`;
      const last = newest ? ` The release log's last line is "${newest.event}", by ${newest.by}.` : "";
      throw new ConfigurationError(
        `Nothing was released: ${deployment.id} moves ${id}${where} since ${deployment.createdAt}.${last} ` +
          `Wait until it has ended, or ${end}, and run this again.`,
      );
    }
    if (live.additionalVersions.length > 0) {
      throw new ConfigurationError(
        `Nothing was released: versions ${[live.version, ...live.additionalVersions].join(" and ")} of ${id} serve, and no deployment is under ` +
          `way: something was left half done. First ${end}.`,
      );
    }
  }
}

/** A CodeDeploy that does not answer may not hold a rollback up for long. */
const timeoutMs = { answer: 3_000, end: 5_000, poll: 100 };

/** What a rollback says when it goes on without CodeDeploy. */
const describeFallback = (error: unknown): string =>
  `${(error as Error).message} The rollback goes on without CodeDeploy.`;

/**
 * What CodeDeploy is doing; nothing, if it does not say so soon.
 * @param warn is told that the rollback goes on without it
 */
export async function findInProgressDeployments(
  deployments: Deployments,
  warn: (line: string) => void,
): Promise<InProgressDeployments> {
  const deadline = AbortSignal.timeout(timeoutMs.answer);
  try {
    const [api, auth] = await Promise.all(
      releasedFunctions.map((id) => deployments.findInProgress(id, deadline)),
    );
    return { api, auth };
  } catch (error) {
    warn(describeFallback(error));
    return { api: undefined, auth: undefined };
  }
}

/** What runs, with the versions that are about to. */
export function addTargetVersions(states: FunctionStates, inProgress: InProgressDeployments): FunctionStates {
  const withTarget = (id: ReleasedFunction) => {
    const { live, versions } = states[id];
    const others = new Set([...live.additionalVersions, inProgress[id]?.versions?.to ?? live.version]);
    others.delete(live.version);
    return { versions, live: { ...live, others: [...others] } };
  };
  return { api: withTarget("api"), auth: withTarget("auth") };
}

/** Stops what goes on, and waits a few seconds for CodeDeploy to have put its aliases back: it would else move them after us. */
export async function stopDeployments(
  deployments: Deployments,
  inProgress: InProgressDeployments,
  warn: (line: string) => void,
): Promise<void> {
  const going = releasedFunctions.flatMap((id) => inProgress[id] ?? []);
  const deadline = AbortSignal.timeout(timeoutMs.end);
  try {
    await Promise.all(going.map((deployment) => stopUnlessRollback(deployments, deployment, deadline)));
    for (const id of releasedFunctions) {
      while (inProgress[id] && (await deployments.findInProgress(id, deadline))) {
        await wait(timeoutMs.poll, undefined, { signal: deadline });
      }
    }
  } catch (error) {
    warn(describeFallback(error));
  }
}

/** One that undoes another ends by itself. */
async function stopUnlessRollback(
  deployments: Deployments,
  { id, isRollback }: Deployment,
  deadline: AbortSignal,
) {
  if (!isRollback) await deployments.stop(id, deadline);
}
