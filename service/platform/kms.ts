import { KMSClient } from "@aws-sdk/client-kms";

/**
 * A client of AWS KMS whose attempts, with their jittered waits, end well before API Gateway gives up: at most
 * three of 2 s each.
 */
export function createKmsClient(): KMSClient {
  return new KMSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  });
}
