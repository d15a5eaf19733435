import { SSMClient } from "@aws-sdk/client-ssm";
import { fromIni } from "@aws-sdk/credential-provider-ini";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";

/** A call of an AWS service that is not worth an SDK of 10 MB. */
export interface SignedPost {
  /** As signatures name it, such as `iam`. */
  readonly service: string;
  /** As signatures name it. */
  readonly region: string;
  /** Of AWS's configuration, whose credentials are taken. @default those that the SDK finds */
  readonly profile?: string | undefined;
  /** Where the service is, unless `AWS_ENDPOINT_URL` says otherwise. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Until the answer is there whole. */
  readonly timeoutMilliseconds: number;
}

/** Sends it with the caller's credentials, as the AWS SDK finds them. */
export async function signedPost(post: SignedPost): Promise<Response> {
  const { service, region, profile, body, timeoutMilliseconds } = post;
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL || post.endpoint);
  // Any client of the SDK looks for credentials in the same places.
  const credentials = profile ? fromIni({ profile }) : new SSMClient({ region }).config.credentials;
  const signer = new SignatureV4({ service, region, credentials, sha256: Hash.bind(null, "sha256") });
  const { headers } = await signer.sign({
    method: "POST",
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path: "/",
    query: {},
    headers: { ...post.headers, host: endpoint.host },
    body,
  });
  return fetch(endpoint, {
    method: "POST",
    headers,
    body,
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
}

/** An error like those of the SDK: its name is the service's code. */
export const serviceError = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $fault: "client" });
