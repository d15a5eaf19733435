import { KMSClient } from "@aws-sdk/client-kms";
import { tlsFloor } from "./tls.ts";
import { type Tracing, untraced } from "./tracing.ts";

/**
 * A client of AWS KMS whose attempts, with their jittered waits, end well before API Gateway gives up: at most
 * three of 2 s each.
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
  // First of all steps: with all attempts, and the waits between them.
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (call) => {
        const end = tracing.begin({ to: "KMS", operation: commandName.replace(/Command$/, "") });
        try {
          const answer = await next(call);
          end();
          return answer;
        } catch (error) {
          end(error);
          throw error;
        }
      },
    { step: "initialize", priority: "high", name: "traceCalls" },
  );
  return client;
}
