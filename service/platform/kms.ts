import { KMSClient } from "@aws-sdk/client-kms";
import { type Clock, systemClock } from "./clock.ts";
import { defaultTimeouts } from "./timeouts.ts";
import { awsClientOptions } from "./tls.ts";
import { type Tracing, untraced } from "./tracing.ts";

/** A client of AWS KMS with {@link awsClientOptions}. */
export function createKmsClient(
  tracing: Tracing = untraced,
  timeouts = defaultTimeouts,
  clock: Clock = systemClock,
): KMSClient {
  const client = new KMSClient(awsClientOptions(timeouts));
  let usedAt = clock();
  client.middlewareStack.add(
    (next) => (call) => {
      // The handler closes its connections, and opens new ones.
      if (clock() - usedAt > timeouts.idleConnection) client.config.requestHandler.destroy?.();
      usedAt = clock();
      return next(call);
    },
    { step: "initialize", name: "replaceIdleConnections" },
  );
  // The first step: it includes all attempts, and the waits between them.
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (call) => {
        const end = tracing.begin({ to: "KMS", operation: commandName.replace(/Command$/, "") });
        try {
          const output = await next(call);
          end();
          return output;
        } catch (error) {
          end(error);
          throw error;
        }
      },
    { step: "initialize", priority: "high", name: "traceCalls" },
  );
  return client;
}
