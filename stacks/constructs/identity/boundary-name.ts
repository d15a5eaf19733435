import { toGlobalName } from "../../names.ts";

/**
 * Path in IAM of what an administrator manages: the boundary, the deploy roles and their policies. The deploy roles may change
 * nothing under it, so that no role can widen its own limits.
 */
export const adminManagedPath = "/deploy/";

/** What the name of a boundary depends on. */
interface BoundaryScope {
  /** Prefix of the environment's names, such as `ecobeat-staging`. */
  readonly namePrefix: string;
  readonly region: string;
}

/** Name of the boundary of an environment. */
export const toBoundaryName = (scope: BoundaryScope): string => toGlobalName(`${scope.namePrefix}-boundary`, scope);

/** ARN of the boundary of an environment. */
export const toBoundaryArn = (scope: BoundaryScope & { readonly accountId: string }): string =>
  `arn:aws:iam::${scope.accountId}:policy${adminManagedPath}${toBoundaryName(scope)}`;
