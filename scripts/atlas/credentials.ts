import { z } from "zod";
import { ConfigurationError } from "../../service/config.ts";
import { parseRetryAfter, type Time, withRetries } from "./waiting.ts";

/** How to reach Atlas, and as whom. */
export interface AtlasCredentials {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Reads the variables that the Atlas CLI and the Terraform provider know, too:
 * https://www.mongodb.com/docs/atlas/cli/current/atlas-cli-env-variables/
 *
 * @throws {ConfigurationError} if one is missing, or would send the secret over an open line
 */
export function readCredentials(variables: NodeJS.ProcessEnv): AtlasCredentials {
  const [clientId, clientSecret] = ["MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET"].map((name) => {
    const value = variables[name];
    if (value) return value;
    throw new ConfigurationError(
      `${name} is not set, and Atlas lets nobody in without a service account. Create one in Atlas (Organization Access ` +
        "Manager, Service Accounts), and set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET to what it shows.",
    );
  });
  const baseUrl = variables.MONGODB_ATLAS_BASE_URL || "https://cloud.mongodb.com";
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isHere = url?.hostname === "127.0.0.1" || url?.hostname === "localhost";
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && isHere)) {
    throw new ConfigurationError(
      "MONGODB_ATLAS_BASE_URL is no address that begins with https://, so the secret would be readable on its way. Correct " +
        "it, or unset it to use Atlas itself.",
    );
  }
  return { baseUrl: url.href.replace(/\/+$/, ""), clientId: clientId!, clientSecret: clientSecret! };
}

const tokenPath = "/api/oauth/token";

/** A token is renewed so long before its end: the call that takes it is on its way for a while. */
const renewBeforeMs = 60_000;

const tokenResponse = z.object({ access_token: z.string(), expires_in: z.number() });

/**
 * Tokens of a service account, good for an hour each:
 * https://www.mongodb.com/docs/atlas/api/service-accounts/generate-oauth2-token/
 */
export class AccessTokens {
  readonly #access: AtlasCredentials;
  readonly #time: Time;
  #token: { value: string; renewAt: number } | undefined;

  constructor(access: AtlasCredentials, time: Time) {
    this.#access = access;
    this.#time = time;
  }

  /** @throws {ConfigurationError} if Atlas does not know the service account, or does not answer */
  async getToken(): Promise<string> {
    if (this.#token && this.#time.clock() < this.#token.renewAt) return this.#token.value;
    const { access_token, expires_in } = await withRetries(this.#time, () => this.#request());
    this.#token = {
      value: access_token,
      renewAt: this.#time.clock() + expires_in * 1_000 - renewBeforeMs,
    };
    return access_token;
  }

  /** Forgets a token that Atlas has refused. */
  invalidate(): void {
    this.#token = undefined;
  }

  async #request() {
    const { baseUrl, clientId, clientSecret } = this.#access;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    const response = await fetch(`${baseUrl}${tokenPath}`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}`, accept: "application/json" },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
      redirect: "error",
      signal: AbortSignal.timeout(30_000),
    }).catch((cause: Error) => cause);
    if (response instanceof Error) return { error: toUnreachableError(baseUrl, response) };
    if (response.ok) return { result: tokenResponse.parse(await response.json()) };
    await response.body?.cancel();
    if (response.status === 429 || response.status >= 500) {
      return {
        error: new ConfigurationError(
          `Atlas gave no token: it answered with ${response.status}. It has trouble, or was asked too often. See ` +
            "https://status.mongodb.com, and run this again.",
        ),
        retryAfterMilliseconds: parseRetryAfter(response.headers.get("retry-after"), this.#time.clock()),
      };
    }
    throw new ConfigurationError(
      `Atlas gave no token: it answered with ${response.status}. It does not know the service account, or its secret is wrong ` +
        "or has expired. Create a new secret in Atlas, and set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET.",
    );
  }
}

/** What to say of a server that does not answer. */
export function toUnreachableError(baseUrl: string, cause: Error): ConfigurationError {
  const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return new ConfigurationError(
    `Atlas does not answer at ${baseUrl}: ${reason}. See https://status.mongodb.com and the network here, and run this again.`,
    { cause },
  );
}
