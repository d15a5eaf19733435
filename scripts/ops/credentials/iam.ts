import { serviceError, signedPost } from "../signed-post.ts";

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
 * Calls IAM's Query API.
 * @throws an error as the SDK's: its name is IAM's code
 */
export async function callIam(action: string, parameters: Record<string, string>): Promise<IamAnswer> {
  const response = await signedPost({
    service: "iam",
    region,
    endpoint: "https://iam.amazonaws.com",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ Action: action, Version: "2010-05-08", ...parameters }).toString(),
    timeoutMilliseconds: answerMilliseconds,
  });
  const text = await response.text();
  if (response.ok) return { text, at: Date.parse(response.headers.get("date") ?? "") || Date.now() };
  const [name, message] = ["Code", "Message"].map((element) => textOf(text, element));
  throw serviceError(name ?? `${response.status}`, message ?? text);
}

const textOf = (xml: string, element: string): string | undefined =>
  new RegExp(`<${element}>([^<]*)<`).exec(xml)?.[1];
