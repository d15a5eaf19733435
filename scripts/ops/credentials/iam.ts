import { SSMClient } from "@aws-sdk/client-ssm";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";

/** IAM has one endpoint for all regions, and signatures for it name this one. */
const region = "us-east-1";

const answerMilliseconds = 10_000;

/** What IAM answered. */
export interface IamAnswer {
  /** XML. */
  readonly text: string;
  /** When, by AWS's own clock, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Calls IAM's Query API, with the caller's credentials as the AWS SDK finds them. Two calls are not worth an SDK of 10 MB.
 * @throws an error as the SDK's: its name is IAM's code
 */
export async function callIam(action: string, parameters: Record<string, string>): Promise<IamAnswer> {
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL || "https://iam.amazonaws.com");
  const body = new URLSearchParams({ Action: action, Version: "2010-05-08", ...parameters }).toString();
  // Any client of the SDK looks for credentials in the same places.
  const credentials = new SSMClient({ region }).config.credentials;
  const signer = new SignatureV4({ service: "iam", region, credentials, sha256: Hash.bind(null, "sha256") });
  const { headers } = await signer.sign({
    method: "POST",
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path: "/",
    query: {},
    headers: { host: endpoint.host, "content-type": "application/x-www-form-urlencoded" },
    body,
  });
  const response = await fetch(endpoint, {
    method: "POST",
    headers,
    body,
    signal: AbortSignal.timeout(answerMilliseconds),
  });
  const text = await response.text();
  if (response.ok) return { text, at: Date.parse(response.headers.get("date") ?? "") || Date.now() };
  const [name, message] = ["Code", "Message"].map((element) => textOf(text, element));
  throw Object.assign(new Error(message ?? text), { name: name ?? `${response.status}`, $fault: "client" });
}

const textOf = (xml: string, element: string): string | undefined =>
  new RegExp(`<${element}>([^<]*)<`).exec(xml)?.[1];
