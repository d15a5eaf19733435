import { redactText } from "../platform/redaction.ts";

/**
 * Explains an error of AWS that lies with the region, the credentials or their permissions.
 * @returns sentences that say why AWS did nothing, and what to do; `undefined` for any other error
 */
export function explainAwsError(error: unknown): { why: string; action: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const message = redactText(error.message).replace(/\.$/, "");
  if (message === "Region is missing") {
    return { why: "No AWS region is set.", action: "Set AWS_REGION, for example AWS_REGION=eu-west-1." };
  }
  if (/^(Credentials|Token)ProviderError$/.test(error.name)) {
    return {
      why: `There are no AWS credentials (${message}).`,
      action:
        "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. To renew single sign-on, run `aws sso login`.",
    };
  }
  // Only the SDK's errors of a service say whose fault it is.
  if (!("$fault" in error)) return undefined;
  return {
    why: `AWS refused the call: ${error.name}: ${message}.`,
    action: error.name.startsWith("AccessDenied")
      ? "Use credentials that have this permission."
      : "Correct what the error names. If it names the credentials, renew them.",
  };
}
