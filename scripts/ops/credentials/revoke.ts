import { ConfigurationError } from "../../../service/config.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import { awsReason } from "../aws-reason.ts";
import { callIam } from "./iam.ts";
import type { DeployRole } from "./roles.ts";

/** The name that AWS's own console gives such a policy. */
export const revocationPolicy = "AWSRevokeOlderSessions";

/**
 * Ends all sessions that a deploy role has given out until now. Those that it gives out from now on are as before. Again is
 * safe: it then ends those that came between.
 *
 * @throws {ConfigurationError} if there is no such role, or AWS refuses
 */
export async function revokeSessions(environment: DeployedEnvironment, role: DeployRole): Promise<void> {
  const RoleName = `ecobeat-${environment}-deploy-${role}`;
  try {
    const { at } = await callIam("GetRole", { RoleName });
    const before = new Date(at);
    await callIam("PutRolePolicy", {
      RoleName,
      PolicyName: revocationPolicy,
      PolicyDocument: JSON.stringify(deniedBefore(before)),
    });
    console.log(
      `sessions of ${RoleName} from before ${before.toISOString()} are refused everything, everywhere within some minutes`,
    );
  } catch (error) {
    throw new ConfigurationError(
      `Sessions of ${RoleName} were not ended: ${reason(error as Error, environment)}`,
      {
        cause: error,
      },
    );
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html */
const deniedBefore = (time: Date) => ({
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

function reason(error: Error, environment: DeployedEnvironment): string {
  return error.name === "NoSuchEntity"
    ? `there is no such role. Use an administrator's credentials of the account of ${environment}.`
    : awsReason("AWS IAM", error);
}
