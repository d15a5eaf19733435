import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { parseJson } from "../../../service/platform/parse-json.ts";
import { type GatewayRequest, toApiGatewayEvent } from "../../aws/api-gateway-event.ts";
import type { ProbeAccount } from "./contract.ts";

/** A version of a function, or an alias of one. */
export interface QualifiedFunction {
  /** Full name of the function. */
  readonly name: string;
  readonly version: string;
}

/** What a new version is tried with, in the place of what it is to replace. */
export interface VersionCheck {
  readonly lambda: LambdaClient;
  /** The version that is to take requests. */
  readonly candidate: QualifiedFunction;
  /** What logs users in: the version that is tried, or what does so now. */
  readonly auth: QualifiedFunction;
  /** What answers all else: the same. */
  readonly api: QualifiedFunction;
  /** Registered by the first check of an environment. */
  readonly account: ProbeAccount;
  /** Ends the check. */
  readonly signal: AbortSignal;
}

/**
 * Looks whether a version reaches all its dependencies and whether, with it, a user can log in, read the profile and log out.
 * @throws an error that says what did not work
 */
export async function checkVersion(check: VersionCheck): Promise<void> {
  const { auth, api, candidate } = check;
  const ready = await send(check, candidate, "GET", "/health/ready");
  if (ready.status !== 200)
    throw toRefusal(candidate, "GET /health/ready", ready, describeDependenciesDown(ready));
  const { access_token, refresh_token } = await logIn(check);
  const profile = await send(check, api, "GET", "/v1/users/me", { token: access_token });
  if (profile.status !== 200 || profile.body.email !== check.account.email) {
    throw toRefusal(api, "GET /v1/users/me", profile);
  }
  const out = await send(check, auth, "POST", "/v1/auth/logout", { body: { refresh_token } });
  if (out.status >= 300) throw toRefusal(auth, "POST /v1/auth/logout", out);
}

async function logIn(check: VersionCheck): Promise<{ access_token: string; refresh_token: string }> {
  const { auth, account } = check;
  const path = "/v1/auth/login";
  let answer = await send(check, auth, "POST", path, { body: account });
  if (answer.status === 401) {
    await register(check);
    answer = await send(check, auth, "POST", path, { body: account });
  }
  const { access_token, refresh_token } = answer.body;
  if (answer.status === 200 && access_token && refresh_token) return answer.body;
  throw toRefusal(auth, `POST ${path}`, answer);
}

/** Makes the account, unless it is there: then its password is another, which the next login tells. */
async function register(check: VersionCheck): Promise<void> {
  const { auth, account } = check;
  const path = "/v1/auth/register";
  const answer = await send(check, auth, "POST", path, { body: { ...account, name: "Probe" } });
  if (answer.status !== 201 && answer.status !== 409) throw toRefusal(auth, `POST ${path}`, answer);
}

const send = (
  { lambda, signal }: VersionCheck,
  version: QualifiedFunction,
  method: string,
  path: string,
  more: { token?: string; body?: object } = {},
): Promise<VersionResponse> => invokeVersion(lambda, version, { method, path, ...more }, signal);

function toRefusal(
  { name, version }: QualifiedFunction,
  what: string,
  { status, body }: VersionResponse,
  more = typeof body.title === "string" ? `: ${body.title}` : "",
): Error {
  return new Error(`${name}:${version} answers ${status} to ${what}${more}`);
}

function describeDependenciesDown({ body }: VersionResponse): string {
  const dependencies = Object.entries<{ status?: string }>(body.dependencies ?? {});
  const down = dependencies.filter(([, dependency]) => dependency?.status !== "up").map(([name]) => name);
  return down.length > 0 ? `: ${down.join(" and ")} down` : "";
}

/** What a version answered. */
interface VersionResponse {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a version that is tried may answer anything
  readonly body: any;
}

/**
 * Sends a request to a version as API Gateway would, past the alias.
 * @throws if Lambda cannot run it, or it crashed: with what Lambda says of that
 */
async function invokeVersion(
  lambda: LambdaClient,
  { name, version }: QualifiedFunction,
  request: GatewayRequest,
  signal: AbortSignal,
): Promise<VersionResponse> {
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: name,
      Qualifier: version,
      Payload: JSON.stringify(toApiGatewayEvent(request)),
    }),
    { abortSignal: signal },
  );
  const payload = parseObject(Buffer.from(answer.Payload ?? []).toString());
  if (answer.FunctionError || typeof payload.statusCode !== "number") {
    throw new Error(`${name}:${version} crashed: ${payload.errorMessage ?? "it gave no answer"}`);
  }
  return { status: payload.statusCode, body: parseObject(payload.body) };
}

// biome-ignore lint/suspicious/noExplicitAny: see above
const parseObject = (text: unknown): any => parseJson(String(text)) ?? {};
