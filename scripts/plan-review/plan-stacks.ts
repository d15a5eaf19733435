import type { Plan } from "./plan.ts";
import { initialize, PlanError, type PlannedStack, type Planning, planOf } from "./plan-stack.ts";

/** What came of planning several stacks. */
export interface Plans {
  readonly plans: readonly Plan[];
  /** Why stacks could not be planned. */
  readonly failures: readonly PlanError[];
}

/** Stacks that are planned at once: each takes a processor, and a run of HCP Terraform. */
const lanes = 2;

/**
 * Plans stacks, and changes nothing. A stack that cannot be planned does not keep the others from it.
 *
 * @param say receives a line for each stack, once it is done
 */
export async function planStacks(
  stacks: readonly PlannedStack[],
  planning: Planning,
  say: (line: string) => void,
): Promise<Plans> {
  const outcomes = new Map<PlannedStack, Plan | PlanError>();
  const attempt = async <T>(stack: PlannedStack, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      outcomes.set(stack, error);
      say(`${stack.name}: ${error.message}`);
      return undefined;
    }
  };
  // One after another: Terraform's cache of downloaded providers must not be filled by two at once.
  for (const stack of stacks) await attempt(stack, initialize(stack, planning));
  const waiting = stacks.filter((stack) => !outcomes.has(stack));
  const lane = async () => {
    for (let stack = waiting.shift(); stack; stack = waiting.shift()) {
      const plan = await attempt(stack, planOf(stack, planning));
      if (!plan) continue;
      outcomes.set(stack, plan);
      say(`${stack.name}: planned`);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  // Only when both lanes have ended may the folders go.
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  const inOrder = stacks.map((stack) => outcomes.get(stack)!);
  return {
    plans: inOrder.filter((outcome): outcome is Plan => !(outcome instanceof PlanError)),
    failures: inOrder.filter((outcome) => outcome instanceof PlanError),
  };
}
