import { untilDeadline, withTimeout } from "./deadline.ts";
import type { Timeouts } from "./timeouts.ts";

/** Options of a client's `send`. */
export interface AwsCallOptions {
  abortSignal: AbortSignal;
}

/**
 * Calls AWS, at most until the deadline of the request, and aborts a call that takes too long. The SDK's own timeouts are for one
 * attempt, and for a part of its response.
 *
 * @param what the service, for the log
 */
export async function callAws<Output>(
  what: "KMS" | "SES" | "SQS" | "SSM",
  { awsCall }: Timeouts,
  send: (options: AwsCallOptions) => Promise<Output>,
): Promise<Output> {
  const abort = new AbortController();
  try {
    return await untilDeadline(what, () => withTimeout(what, awsCall, send({ abortSignal: abort.signal })));
  } catch (error) {
    abort.abort();
    throw error;
  }
}
