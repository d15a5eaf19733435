import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { getCallerAccount } from "../aws/caller-account.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { OperatorError } from "../cli/errors.ts";

/** The variables of an environment on which all runbooks rely. None is a secret. */
export function getShellVariables(name: DeployedEnvironment): Readonly<Record<string, string>> {
  const { region, apiDomain, accountId } = getEnvironment(name);
  return {
    ENVIRONMENT: name,
    AWS_REGION: region,
    // Version 1 of the AWS CLI does not read AWS_REGION.
    AWS_DEFAULT_REGION: region,
    // The prompt of an AWS CLI that pages its output would hold up the commands after it.
    AWS_PAGER: "",
    ACCOUNT: accountId,
    API: `https://${apiDomain}`,
  };
}

/** Lines for bash and zsh that export variables, in single quotes: the shell interprets nothing in a value. */
export const formatExports = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");

/** Has an STS of its own. An outage of the environment's region must not stop the engineer who repairs it. */
const fallbackRegion = "us-east-1";

/**
 * Checks that the credentials belong to the environment's account.
 * @throws {OperatorError} if they do not, if there are none, or if AWS does not respond
 */
export async function requireEnvironmentAccount(name: DeployedEnvironment): Promise<void> {
  const { region, accountId } = getEnvironment(name);
  const account = await getCallerAccount(region, fallbackRegion).catch((cause) => {
    const { why, action } = explainAwsFailure("AWS STS", cause);
    throw new OperatorError("shell-account-unknown", {
      what: `No variables are set: the account of your AWS credentials is unknown, and ${name} is account ${accountId}.`,
      why,
      action,
      cause,
    });
  });
  if (account === accountId) return;
  throw new OperatorError("shell-account-differs", {
    what: `No variables are set: your AWS credentials belong to account ${account}.`,
    why: `The environment ${name} is account ${accountId}.`,
    action: "Set AWS_PROFILE to a profile of that account, sign in, and run the command again.",
  });
}
