import type { KMSClient } from "@aws-sdk/client-kms";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Clock } from "./clock.ts";
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

/** Lets a client of AWS open new connections after it was idle for longer than {@link Timeouts.idleConnection}. */
export function replaceIdleConnections(
  { middlewareStack, config }: KMSClient | SQSClient,
  { idleConnection }: Timeouts,
  clock: Clock,
): void {
  let usedAt = clock();
  (middlewareStack as KMSClient["middlewareStack"]).add(
    (next) => (call) => {
      // The handler closes its connections, and opens new ones.
      if (clock() - usedAt > idleConnection) config.requestHandler.destroy?.();
      usedAt = clock();
      return next(call);
    },
    { step: "initialize", name: "replaceIdleConnections" },
  );
}
