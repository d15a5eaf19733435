import { KMSClient } from "@aws-sdk/client-kms";
import { replaceIdleConnections } from "./aws-call.ts";
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
  replaceIdleConnections(client, timeouts, clock);
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
