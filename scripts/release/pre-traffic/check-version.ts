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

/** The pre-traffic test of a new version, in place of the one that it replaces. */
export interface VersionCheck {
  readonly lambda: LambdaClient;
  /** The version under test. */
  readonly candidate: QualifiedFunction;
  /** The `auth` function for the test: the candidate, or the current version. */
  readonly auth: QualifiedFunction;
  /** The `api` function for the test: likewise. */
  readonly api: QualifiedFunction;
  /** The first test of an environment registers it. */
  readonly account: ProbeAccount;
  /** Aborts the test. */
  readonly signal: AbortSignal;
}

/**
 * Tests that a version reaches all its dependencies, and that a user can log in, read the profile and log out with it.
 * @throws an error that names the request that failed
 */
export async function checkVersion(check: VersionCheck): Promise<void> {
  const { auth, api, candidate } = check;
  const ready = await send(check, candidate, "GET", "/health/ready");
  if (ready.status !== 200) throw toRefusal(candidate, "GET /health/ready", ready, describeDependenciesDown(ready));
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
  const post = (operation: string, body: object) => send(check, auth, "POST", `/v1/auth/${operation}`, { body });
  let response = await post("login", account);
  if (response.status === 401) {
    const registered = await post("register", { ...account, name: "Probe" });
    // 409: the account exists, its password differs, and the next login fails.
    if (registered.status !== 201 && registered.status !== 409) {
      throw toRefusal(auth, "POST /v1/auth/register", registered);
    }
    response = await post("login", account);
  }
  const { access_token, refresh_token } = response.body;
  if (response.status === 200 && access_token && refresh_token) return response.body;
  throw toRefusal(auth, "POST /v1/auth/login", response);
}

function toRefusal(
  { name, version }: QualifiedFunction,
  what: string,
  { status, body }: VersionResponse,
  more = typeof body.title === "string" ? `: ${body.title}` : "",
): Error {
  return new Error(`${name}:${version} returned ${status} for ${what}${more}`);
}

function describeDependenciesDown({ body }: VersionResponse): string {
  const dependencies = Object.entries<{ status?: string }>(body.dependencies ?? {});
  const down = dependencies.filter(([, dependency]) => dependency?.status !== "up").map(([name]) => name);
  return down.length > 0 ? `: ${down.join(" and ")} down` : "";
}

interface VersionResponse {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the response of a candidate may be anything
  readonly body: any;
}

/**
 * Sends a request to a version as API Gateway would, without the alias.
 * @throws Lambda's error if it cannot run the version, or the version crashed
 */
async function send(
  { lambda, signal }: VersionCheck,
  { name, version }: QualifiedFunction,
  method: string,
  path: string,
  more: Pick<GatewayRequest, "token" | "body"> = {},
): Promise<VersionResponse> {
  const output = await lambda.send(
    new InvokeCommand({
      FunctionName: name,
      Qualifier: version,
      Payload: JSON.stringify(toApiGatewayEvent({ method, path, ...more })),
    }),
    { abortSignal: signal },
  );
  const payload = parseObject(Buffer.from(output.Payload ?? []).toString());
  if (output.FunctionError || typeof payload.statusCode !== "number") {
    throw new Error(`${name}:${version} crashed: ${payload.errorMessage ?? "it returned no response"}`);
  }
  return { status: payload.statusCode, body: parseObject(payload.body) };
}

// biome-ignore lint/suspicious/noExplicitAny: see above
const parseObject = (text: unknown): any => parseJson(String(text)) ?? {};
