import { redactText } from "../platform/logging.ts";

/**
 * Why AWS did nothing, and what to do, if that lies with the region, the credentials or their permissions.
 * @returns the end of a sentence and what to do, or `undefined` for any other error
 */
export function describeAwsError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const message = redactText(error.message).replace(/\.$/, "");
  if (message === "Region is missing")
    return "no region is set. Set AWS_REGION, such as AWS_REGION=eu-west-1.";
  if (/^(Credentials|Token)ProviderError$/.test(error.name)) {
    return (
      `there are no credentials (${message}). Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; ` +
      "`aws sso login` renews those of single sign-on."
    );
  }
  // The SDK's errors of a service, and no others, say whose fault it is.
  if (!("$fault" in error)) return undefined;
  const remedy = error.name.startsWith("AccessDenied")
    ? "Use credentials that have this permission."
    : "Correct what it names; if it is the credentials, renew them.";
  return `AWS refused: ${error.name}: ${message}. ${remedy}`;
}
