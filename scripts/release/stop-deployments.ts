import { setTimeout as wait } from "node:timers/promises";
import type { Deployment, Deployments } from "./deployments.ts";
import { type FunctionStates, type ReleasedFunction, releasedFunctions } from "./functions.ts";
import type { UnderWay } from "./under-way.ts";

/** A CodeDeploy that does not answer may not hold a rollback up for long. */
const patienceMilliseconds = { answer: 3_000, end: 5_000, poll: 100 };

const goesOnWithout = (error: unknown): void =>
  console.error(`${(error as Error).message} The rollback goes on without CodeDeploy.`);

/** What CodeDeploy is doing; nothing, if it does not say so soon. */
export async function underWayIfKnown(deployments: Deployments): Promise<UnderWay> {
  const deadline = AbortSignal.timeout(patienceMilliseconds.answer);
  try {
    const [api, auth] = await Promise.all(releasedFunctions.map((id) => deployments.underWay(id, deadline)));
    return { api, auth };
  } catch (error) {
    goesOnWithout(error);
    return { api: undefined, auth: undefined };
  }
}

/** What runs, with the versions that are about to. */
export function withTargets(states: FunctionStates, underWay: UnderWay): FunctionStates {
  const withTarget = (id: ReleasedFunction) => {
    const { live, versions } = states[id];
    const others = new Set([...live.others, underWay[id]?.versions?.to ?? live.version]);
    others.delete(live.version);
    return { versions, live: { ...live, others: [...others] } };
  };
  return { api: withTarget("api"), auth: withTarget("auth") };
}

/** Stops what goes on, and waits a few seconds for CodeDeploy to have put its aliases back: it would else move them after us. */
export async function stopDeployments(deployments: Deployments, underWay: UnderWay): Promise<void> {
  const going = releasedFunctions.flatMap((id) => underWay[id] ?? []);
  const deadline = AbortSignal.timeout(patienceMilliseconds.end);
  try {
    await Promise.all(going.map((deployment) => stop(deployments, deployment, deadline)));
    for (const id of releasedFunctions) {
      while (underWay[id] && (await deployments.underWay(id, deadline))) {
        await wait(patienceMilliseconds.poll, undefined, { signal: deadline });
      }
    }
  } catch (error) {
    goesOnWithout(error);
  }
}

/** One that undoes another ends by itself. */
async function stop(deployments: Deployments, { id, isRollback }: Deployment, deadline: AbortSignal) {
  if (!isRollback) await deployments.stop(id, deadline);
}
