import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { parseJson } from "../../../service/platform/parse-json.ts";
import { apiGatewayEvent, type GatewayRequest } from "../../aws/api-gateway-event.ts";

/** What a version answered. */
export interface VersionAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a version that is tried may answer anything
  readonly body: any;
}

/** A version of a function, or an alias of one. */
export interface FunctionVersion {
  /** Full name of the function. */
  readonly name: string;
  readonly version: string;
}

/**
 * Sends a request to a version as API Gateway would, past the alias.
 * @throws if Lambda cannot run it, or it crashed: with what Lambda says of that
 */
export async function ask(
  lambda: LambdaClient,
  { name, version }: FunctionVersion,
  request: GatewayRequest,
  signal: AbortSignal,
): Promise<VersionAnswer> {
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: name,
      Qualifier: version,
      Payload: JSON.stringify(apiGatewayEvent(request)),
    }),
    { abortSignal: signal },
  );
  const payload = objectIn(Buffer.from(answer.Payload ?? []).toString());
  if (answer.FunctionError || typeof payload.statusCode !== "number") {
    throw new Error(`${name}:${version} crashed: ${payload.errorMessage ?? "it gave no answer"}`);
  }
  return { status: payload.statusCode, body: objectIn(payload.body) };
}

// biome-ignore lint/suspicious/noExplicitAny: see above
const objectIn = (text: unknown): any => parseJson(String(text)) ?? {};
