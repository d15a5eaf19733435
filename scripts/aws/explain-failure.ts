import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { explainAwsError } from "../../service/local/aws-errors.ts";
import { redactText } from "../../service/platform/redaction.ts";
import type { Reason } from "../cli/errors.ts";

/**
 * Explains why a call of AWS failed.
 * @param service as AWS names it, such as `AWS SSM`
 */
export function explainAwsFailure(service: string, error: unknown): Reason {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const where = endpoint ? ` at ${redactText(endpoint)} (AWS_ENDPOINT_URL)` : "";
  return (
    explainAwsError(error) ?? {
      why: `${service} does not respond${where}: ${redactText((error as Error).message)}.`,
      action: endpoint
        ? "Correct AWS_ENDPOINT_URL, or unset it to use AWS itself."
        : "Check the network and try again.",
    }
  );
}

/** The explanation of {@link explainAwsFailure} in one line, for a warning. */
export function describeAwsFailure(service: string, error: unknown): string {
  const { why, action } = explainAwsFailure(service, error);
  return `${why} ${action}`;
}

/** What to do if a resource of the stack `service` does not exist in the account of the credentials. */
export const describeMissingService = (environment: DeployedEnvironment): string =>
  `Use credentials of the account of ${environment}. If you do, deploy ${toNamePrefix(environment)}-service.`;
