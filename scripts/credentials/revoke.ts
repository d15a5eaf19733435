import { GetRoleCommand, IAMClient, NoSuchEntityException, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import { toDeployRoleName } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { type Explanation, OperatorError } from "../cli/errors.ts";
import type { DeployRole } from "./roles.ts";

/** The name that AWS's own console gives such a policy. */
export const revocationPolicy = "AWSRevokeOlderSessions";

/**
 * Ends all sessions that a deploy role has given out until now. Those that it gives out from now on are as before. Again is
 * safe: it then ends those that came between.
 *
 * @returns the role's name, and the time before which its sessions were begun
 * @throws {OperatorError} if there is no such role, or AWS refuses
 */
export async function revokeSessions(
  environment: DeployedEnvironment,
  role: DeployRole,
): Promise<{ roleName: string; before: Date }> {
  const RoleName = toDeployRoleName(environments[environment], role);
  try {
    const iam = new IAMClient({
      region: environments[environment].region,
      requestHandler: createRequestLimits(),
    });
    const responseTime = trackResponseTime(iam);
    await iam.send(new GetRoleCommand({ RoleName }));
    const before = responseTime();
    await iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: revocationPolicy,
        PolicyDocument: JSON.stringify(denySessionsBefore(before)),
      }),
    );
    return { roleName: RoleName, before };
  } catch (error) {
    const { why, action } = explainFailure(error, environment);
    throw new OperatorError(
      "sessions-not-revoked",
      { what: `The sessions of ${RoleName} were not revoked.`, why, action },
      { cause: error },
    );
  }
}

/** @returns reads when the client's last response was sent, by AWS's own clock: sessions begin by that clock */
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

function explainFailure(error: unknown, environment: DeployedEnvironment): Omit<Explanation, "what"> {
  return error instanceof NoSuchEntityException
    ? {
        why: "The role does not exist.",
        action: `Use an administrator's credentials of the account of ${environment}.`,
      }
    : explainAwsFailure("AWS IAM", error);
}
