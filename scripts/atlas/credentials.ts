import * as z from "zod";
import { OperatorError } from "../cli/errors.ts";
import { readServiceUrl } from "../cli/service-url.ts";
import { parseRetryAfter, type Time, withRetries } from "./waiting.ts";

/** Address of Atlas, and a service account. */
export interface AtlasCredentials {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Reads the same variables as the Atlas CLI and the Terraform provider:
 * https://www.mongodb.com/docs/atlas/cli/current/atlas-cli-env-variables/
 *
 * @throws {OperatorError} if one is missing, or would send the secret unencrypted
 */
export function readCredentials(variables: NodeJS.ProcessEnv): AtlasCredentials {
  const [clientId, clientSecret] = ["MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET"].map((name) => {
    const value = variables[name];
    if (value) return value;
    throw new OperatorError("atlas-credentials-missing", {
      what: `${name} is not set.`,
      why: "Atlas requires a service account.",
      action:
        "Create one in Atlas (Organization Access Manager, Service Accounts), and set MONGODB_ATLAS_CLIENT_ID and " +
        "MONGODB_ATLAS_CLIENT_SECRET.",
    });
  });
  const url = readServiceUrl(variables, "MONGODB_ATLAS_BASE_URL", "https://cloud.mongodb.com");
  return { baseUrl: url.href.replace(/\/+$/, ""), clientId: clientId!, clientSecret: clientSecret! };
}

/** Renews a token this long before it expires, as a call takes a while to arrive. */
const renewBeforeMs = 60_000;

const tokenResponse = z.object({ access_token: z.string(), expires_in: z.number() });

/**
 * Tokens of a service account, each valid for an hour:
 * https://www.mongodb.com/docs/atlas/api/service-accounts/generate-oauth2-token/
 */
export class AccessTokens {
  readonly #credentials: AtlasCredentials;
  readonly #time: Time;
  #token: { value: string; renewAt: number } | undefined;

  constructor(credentials: AtlasCredentials, time: Time) {
    this.#credentials = credentials;
    this.#time = time;
  }

  /** @throws {OperatorError} if Atlas does not know the service account, or does not respond */
  async getToken(): Promise<string> {
    if (this.#token && this.#time.clock() < this.#token.renewAt) return this.#token.value;
    const { access_token, expires_in } = await withRetries(this.#time, () => this.#request());
    this.#token = { value: access_token, renewAt: this.#time.clock() + expires_in * 1_000 - renewBeforeMs };
    return access_token;
  }

  /** Discards a token that Atlas has rejected. */
  invalidate(): void {
    this.#token = undefined;
  }

  async #request() {
    const { baseUrl, clientId, clientSecret } = this.#credentials;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    const response = await fetch(`${baseUrl}/api/oauth/token`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}`, accept: "application/json" },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
      redirect: "error",
      signal: AbortSignal.timeout(30_000),
    }).catch((cause: Error) => cause);
    if (response instanceof Error) return { error: toUnreachableError(baseUrl, response) };
    if (response.ok) return { result: tokenResponse.parse(await response.json()) };
    await response.body?.cancel();
    const { status, headers } = response;
    const what = `Atlas issued no token: it responded with ${status}.`;
    if (status === 429 || status >= 500) {
      return {
        error: new OperatorError("atlas-token-unavailable", {
          what,
          why: "Atlas has a problem, or this machine exceeds its rate limit.",
          action: "See https://status.mongodb.com, and run this again.",
        }),
        retryAfterMs: parseRetryAfter(headers.get("retry-after"), this.#time.clock()),
      };
    }
    throw new OperatorError("atlas-credentials-rejected", {
      what,
      why: "It does not know the service account, or the secret is wrong or has expired.",
      action: "Create a new secret in Atlas, and set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET to it.",
    });
  }
}

/** The error for a server that does not respond. */
export function toUnreachableError(baseUrl: string, cause: Error): OperatorError {
  const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return new OperatorError("atlas-unreachable", {
    what: `Atlas does not respond at ${baseUrl}.`,
    why: `${reason}.`,
    action: "See https://status.mongodb.com, check your network connection, and run this again.",
    cause,
  });
}
