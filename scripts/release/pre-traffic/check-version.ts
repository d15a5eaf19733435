import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { ProbeAccount } from "../../../service/contract.ts";
import { ask, type FunctionVersion, type VersionAnswer } from "./version-under-test.ts";

/** What a new version is tried with, in the place of what it is to replace. */
export interface VersionCheck {
  readonly lambda: LambdaClient;
  /** The version that is to take requests. */
  readonly tried: FunctionVersion;
  /** What logs users in: the version that is tried, or what does so now. */
  readonly auth: FunctionVersion;
  /** What answers all else: the same. */
  readonly api: FunctionVersion;
  /** Registered by the first check of an environment. */
  readonly account: ProbeAccount;
  /** Ends the check. */
  readonly signal: AbortSignal;
}

/**
 * Looks whether a version reaches all its parts and whether, with it, a user can log in, read the profile and log out.
 * @throws an error that says what did not work
 */
export async function checkVersion(check: VersionCheck): Promise<void> {
  const { auth, api, tried } = check;
  const ready = await send(check, tried, "GET", "/health/ready");
  if (ready.status !== 200) throw refused(tried, "GET /health/ready", ready, partsDown(ready));
  const { access_token, refresh_token } = await logIn(check);
  const profile = await send(check, api, "GET", "/v1/users/me", { token: access_token });
  if (profile.status !== 200 || profile.body.email !== check.account.email) {
    throw refused(api, "GET /v1/users/me", profile);
  }
  const out = await send(check, auth, "POST", "/v1/auth/logout", { body: { refresh_token } });
  if (out.status >= 300) throw refused(auth, "POST /v1/auth/logout", out);
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
  throw refused(auth, `POST ${path}`, answer);
}

/** Makes the account, unless it is there: then its password is another, which the next login tells. */
async function register(check: VersionCheck): Promise<void> {
  const { auth, account } = check;
  const path = "/v1/auth/register";
  const answer = await send(check, auth, "POST", path, { body: { ...account, name: "Probe" } });
  if (answer.status !== 201 && answer.status !== 409) throw refused(auth, `POST ${path}`, answer);
}

const send = (
  { lambda, signal }: VersionCheck,
  version: FunctionVersion,
  method: string,
  path: string,
  more: { token?: string; body?: object } = {},
): Promise<VersionAnswer> => ask(lambda, version, { method, path, ...more }, signal);

function refused(
  { name, version }: FunctionVersion,
  what: string,
  { status, body }: VersionAnswer,
  more = typeof body.title === "string" ? `: ${body.title}` : "",
): Error {
  return new Error(`${name}:${version} answers ${status} to ${what}${more}`);
}

function partsDown({ body }: VersionAnswer): string {
  const parts = Object.entries<{ status?: string }>(body.parts ?? {});
  const down = parts.filter(([, part]) => part?.status !== "up").map(([name]) => name);
  return down.length > 0 ? `: ${down.join(" and ")} down` : "";
}
