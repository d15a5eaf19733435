import { KMSClient } from "@aws-sdk/client-kms";
import { tlsFloor } from "./tls.ts";
import { type Tracing, untraced } from "./tracing.ts";

/**
 * A client of AWS KMS. Its attempts, with their jittered waits, end well before API Gateway times out: at most three of 2 s each.
 */
export function createKmsClient(tracing: Tracing = untraced): KMSClient {
  const client = new KMSClient({
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      throwOnRequestTimeout: true,
      httpsAgent: tlsFloor,
    },
  });
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
