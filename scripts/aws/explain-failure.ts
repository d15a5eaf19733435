import { describeAwsError } from "../../service/local/aws-errors.ts";
import { redactText } from "../../service/platform/logging.ts";

/**
 * Why a call of AWS failed, and what to do, for the person who runs a command.
 * @param service as people call it, such as `AWS SSM`
 */
export function explainAwsFailure(service: string, error: unknown): string {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const where = endpoint ? ` at ${redactText(endpoint)}, which AWS_ENDPOINT_URL names` : "";
  return (
    describeAwsError(error) ??
    `${service} does not answer${where}: ${redactText((error as Error).message)}. ` +
      (endpoint
        ? "Correct AWS_ENDPOINT_URL, or unset it to use AWS itself."
        : "Check the network and try again.")
  );
}
