/**
 * Path in IAM of what an administrator looks after: the boundary, the deploy roles and their policies. The deploy roles may
 * change nothing there, so that nobody widens a limit by the way it limits.
 */
export const adminManagedPath = "/deploy/";

/** Name of the boundary of an environment, whose names begin with `prefix`. */
export const boundaryName = (prefix: string): string => `${prefix}-boundary`;

/** ARN of the boundary of an environment. */
export const boundaryArn = ({
  name,
  accountId,
}: {
  readonly name: string;
  readonly accountId: string;
}): string => `arn:aws:iam::${accountId}:policy${adminManagedPath}${boundaryName(name)}`;
