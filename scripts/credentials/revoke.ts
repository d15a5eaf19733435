import { GetRoleCommand, IAMClient, NoSuchEntityException, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { toDeployRoleName } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import { confirm } from "../cli/prompt.ts";
import type { DeployRole } from "./roles.ts";

/** The AWS console gives such a policy this name. */
export const revocationPolicy = "AWSRevokeOlderSessions";

/** Options of {@link revokeSessions}. */
export interface RevokeOptions {
  readonly environment: DeployedEnvironment;
  readonly role: DeployRole;
  /** Skips the confirmation. */
  readonly yes?: boolean;
  /** Revokes nothing. */
  readonly dryRun?: boolean;
}

/** The result of `credentials revoke`, as in its JSON output. */
export interface RevokeResult {
  readonly roleName: string;
  /** Sessions that began earlier are revoked. */
  readonly before: Date;
  readonly outcome: "revoked" | "would revoke";
}

/**
 * Revokes all sessions of a deploy role until now. Later sessions are not affected. It is safe to repeat, and then also revokes
 * the sessions since the last time.
 *
 * @throws {OperatorError} if the operator does not confirm, there is no such role, or AWS rejects a call
 */
export async function revokeSessions({ environment, role, yes, dryRun }: RevokeOptions): Promise<RevokeResult> {
  const roleName = toDeployRoleName(getEnvironment(environment), role);
  const { region } = getEnvironment(environment);
  const consequence = `This revokes all current sessions of ${roleName}. Runs in progress fail.`;
  if (!dryRun) await confirm({ consequence, name: roleName, yes });
  try {
    const iam = new IAMClient({ region, requestHandler: createRequestLimits() });
    const getResponseTime = trackResponseTime(iam);
    await iam.send(new GetRoleCommand({ RoleName: roleName }));
    const before = getResponseTime();
    if (dryRun) return { roleName, before, outcome: "would revoke" };
    const PolicyDocument = JSON.stringify(denySessionsBefore(before));
    await iam.send(new PutRolePolicyCommand({ RoleName: roleName, PolicyName: revocationPolicy, PolicyDocument }));
    return { roleName, before, outcome: "revoked" };
  } catch (error) {
    const { why, action } =
      error instanceof NoSuchEntityException
        ? {
            why: "The role does not exist.",
            action: `Use an administrator's credentials of the account of ${environment}.`,
          }
        : explainAwsFailure("AWS IAM", error);
    const what = `The sessions of ${roleName} were not revoked.`;
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
