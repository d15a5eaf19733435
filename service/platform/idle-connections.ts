import type { KMSClient } from "@aws-sdk/client-kms";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Clock } from "./clock.ts";
import type { Timeouts } from "./timeouts.ts";

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
