import type { PolicyStatement } from "../../../stacks/constructs/identity/policy-document.ts";
import type { ReleaseTarget } from "../../../stacks/deploy-permissions/workflow-permissions.ts";
import { getEnvironment } from "../../../stacks/environments/index.ts";
import { type SentRequest, toAwsAction } from "../../support/aws-actions.ts";

/** The environment of workflows, as the stacks name it. */
export function toReleaseTarget(environment: ReleaseTarget["environment"]): ReleaseTarget {
  const { accountId, region, functions } = getEnvironment(environment);
  return { environment, accountId, region, deploymentConfiguration: functions.deploymentConfiguration };
}

/** The requests that a role's policy does not allow, such as `lambda:GetFunction function:ecobeat-staging-migrate`. */
export const findDeniedRequests = (
  { accountId, region }: ReleaseTarget,
  statements: readonly PolicyStatement[],
  requests: readonly SentRequest[],
): string[] =>
  requests
    .flatMap((request) => toAwsAction(request) ?? [])
    .filter(({ action, resource }) => {
      const resources = statements.flatMap((each) => (each.actions.includes(action) ? (each.resources ?? []) : []));
      if (resource === undefined) return resources.length === 0;
      const arn = `arn:aws:lambda:${region}:${accountId}:${resource}`;
      return !resources.some((each) => (each.endsWith("*") ? arn.startsWith(each.slice(0, -1)) : arn === each));
    })
    .map(({ action, resource }) => `${action} ${resource}`);
