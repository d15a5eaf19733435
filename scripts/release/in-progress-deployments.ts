import { setTimeout as wait } from "node:timers/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Deployment, Deployments } from "./deployments.ts";
import { type FunctionStates, type ReleasedFunction, releasedFunctions } from "./functions.ts";
import type { LoggedStep } from "./release-log.ts";

/** The deployment of each function that goes on. */
export type InProgress = Readonly<Record<ReleasedFunction, Deployment | undefined>>;

/**
 * Refuses to release while another archive is on its way. A deployment of this archive was begun by a run that was interrupted, and
 * is taken up.
 *
 * @param newest the last line of the release log
 * @throws {ConfigurationError} with who is to do what
 */
export function refuseOthers(
  environment: DeployedEnvironment,
  states: FunctionStates,
  inProgress: InProgress,
  sha256: string,
  newest: LoggedStep | undefined,
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
      const last = newest ? ` The release log's last line is "${newest.what}", by ${newest.by}.` : "";
      throw new ConfigurationError(
        `Nothing was released: ${deployment.id} moves ${id}${where} since ${deployment.at}.${last} ` +
          `Wait until it has ended, or ${end}, and run this again.`,
      );
    }
    if (live.others.length > 0) {
      throw new ConfigurationError(
        `Nothing was released: versions ${[live.version, ...live.others].join(" and ")} of ${id} serve, and no deployment is under ` +
          `way: something was left half done. First ${end}.`,
      );
    }
  }
}

/** A CodeDeploy that does not answer may not hold a rollback up for long. */
const limitMilliseconds = { answer: 3_000, end: 5_000, poll: 100 };

/** What a rollback says when it goes on without CodeDeploy. */
const withoutCodeDeploy = (error: unknown): string =>
  `${(error as Error).message} The rollback goes on without CodeDeploy.`;

/**
 * What CodeDeploy is doing; nothing, if it does not say so soon.
 * @param warn is told that the rollback goes on without it
 */
export async function knownInProgress(
  deployments: Deployments,
  warn: (line: string) => void,
): Promise<InProgress> {
  const deadline = AbortSignal.timeout(limitMilliseconds.answer);
  try {
    const [api, auth] = await Promise.all(
      releasedFunctions.map((id) => deployments.inProgress(id, deadline)),
    );
    return { api, auth };
  } catch (error) {
    warn(withoutCodeDeploy(error));
    return { api: undefined, auth: undefined };
  }
}

/** What runs, with the versions that are about to. */
export function withTargets(states: FunctionStates, inProgress: InProgress): FunctionStates {
  const withTarget = (id: ReleasedFunction) => {
    const { live, versions } = states[id];
    const others = new Set([...live.others, inProgress[id]?.versions?.to ?? live.version]);
    others.delete(live.version);
    return { versions, live: { ...live, others: [...others] } };
  };
  return { api: withTarget("api"), auth: withTarget("auth") };
}

/** Stops what goes on, and waits a few seconds for CodeDeploy to have put its aliases back: it would else move them after us. */
export async function stopDeployments(
  deployments: Deployments,
  inProgress: InProgress,
  warn: (line: string) => void,
): Promise<void> {
  const going = releasedFunctions.flatMap((id) => inProgress[id] ?? []);
  const deadline = AbortSignal.timeout(limitMilliseconds.end);
  try {
    await Promise.all(going.map((deployment) => stop(deployments, deployment, deadline)));
    for (const id of releasedFunctions) {
      while (inProgress[id] && (await deployments.inProgress(id, deadline))) {
        await wait(limitMilliseconds.poll, undefined, { signal: deadline });
      }
    }
  } catch (error) {
    warn(withoutCodeDeploy(error));
  }
}

/** One that undoes another ends by itself. */
async function stop(deployments: Deployments, { id, isRollback }: Deployment, deadline: AbortSignal) {
  if (!isRollback) await deployments.stop(id, deadline);
}
