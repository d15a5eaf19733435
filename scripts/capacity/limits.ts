import type { Environment } from "../../stacks/environments.ts";
import type { Limit } from "./limit.ts";
import { databaseLimits } from "./limits-of-data.ts";
import { functionLimits } from "./limits-of-functions.ts";
import { requestLimits } from "./limits-of-requests.ts";
import type { Scenario } from "./traffic-model.ts";

/** Everything that growth can use up, in the order in which a request meets it. */
export const limits: readonly Limit[] = [...requestLimits, ...functionLimits, ...databaseLimits];

/** A limit in an environment under a scenario. */
export interface LimitState {
  readonly limit: Limit;
  readonly value: number;
  readonly load: number;
  /** `load` divided by `value`: above 1, it is broken. */
  readonly share: number;
  /** The fewest monthly users at which it breaks; infinite if none do. */
  readonly breaksAtUsers: number;
}

/** More monthly users than people live in the European Union. */
const maxUsers = 500_000_000;

/**
 * The limits of an environment under a scenario, in the order in which growth breaks them. Excludes those whose load is not known.
 */
export function evaluateLimits(environment: Environment, scenario: Scenario): LimitState[] {
  return limits
    .flatMap((limit) => {
      const value = limit.value(environment);
      if (value === undefined || !limit.load) return [];
      const load = limit.load(scenario, environment);
      const isBroken = (users: number) => limit.load!({ ...scenario, users }, environment) > value;
      return [{ limit, value, load, share: load / value, breaksAtUsers: findFirst(isBroken, maxUsers) }];
    })
    .toSorted((one, other) => one.breaksAtUsers - other.breaksAtUsers || other.share - one.share);
}

/**
 * The limits that an environment breaks under a scenario, the first one first.
 *
 * @param effect only those that have this effect; @default all that users notice
 */
export const findBrokenLimits = (
  environment: Environment,
  scenario: Scenario,
  effect?: Limit["effect"],
): LimitState[] =>
  evaluateLimits(environment, scenario).filter(
    ({ share, limit }) => share > 1 && (effect ? limit.effect === effect : limit.effect !== "backups"),
  );

/** The smallest number from 1 to `max` for which something holds that holds for all larger ones too; infinite if it never does. */
function findFirst(holds: (number: number) => boolean, max: number): number {
  if (!holds(max)) return Number.POSITIVE_INFINITY;
  let [low, high] = [0, max];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
