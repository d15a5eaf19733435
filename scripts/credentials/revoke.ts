import { GetRoleCommand, IAMClient, NoSuchEntityException, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { toDeployRoleName } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import type { DeployRole } from "./roles.ts";

/** The AWS console gives such a policy this name. */
export const revocationPolicy = "AWSRevokeOlderSessions";

/**
 * Revokes all sessions of a deploy role until now. Later sessions are not affected. It is safe to repeat, and then also revokes
 * the sessions since the last time.
 *
 * @returns the name of the role, and the time before which its sessions are revoked
 * @throws {OperatorError} if there is no such role, or AWS rejects a call
 */
export async function revokeSessions(
  environment: DeployedEnvironment,
  role: DeployRole,
): Promise<{ roleName: string; before: Date }> {
  const RoleName = toDeployRoleName(getEnvironment(environment), role);
  const { region } = getEnvironment(environment);
  try {
    const iam = new IAMClient({ region, requestHandler: createRequestLimits() });
    const getResponseTime = trackResponseTime(iam);
    await iam.send(new GetRoleCommand({ RoleName }));
    const before = getResponseTime();
    const PolicyDocument = JSON.stringify(denySessionsBefore(before));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: revocationPolicy, PolicyDocument }));
    return { roleName: RoleName, before };
  } catch (error) {
    const { why, action } =
      error instanceof NoSuchEntityException
        ? {
            why: "The role does not exist.",
            action: `Use an administrator's credentials of the account of ${environment}.`,
          }
        : explainAwsFailure("AWS IAM", error);
    const what = `The sessions of ${RoleName} were not revoked.`;
    throw new OperatorError("sessions-not-revoked", { what, why, action, cause: error });
  }
}

/** @returns a function that returns the time of the last response, by AWS's clock, which also dates sessions */
function trackResponseTime(iam: IAMClient): () => Date {
  let time = Number.NaN;
  iam.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      time = Date.parse((result.response as { headers: Record<string, string> }).headers.date ?? "");
      return result;
    },
    { step: "deserialize" },
  );
  return () => new Date(time || Date.now());
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html */
const denySessionsBefore = (time: Date) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { DateLessThan: { "aws:TokenIssueTime": time.toISOString() } },
    },
  ],
});
