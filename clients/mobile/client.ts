import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import type { components, paths } from "./openapi.ts";
import { type Send, withRetryAfter } from "./retry.ts";
import { Session } from "./session.ts";
import type { TokenStore } from "./token-store.ts";

type Schemas = components["schemas"];

/** Options of {@link createClient}. */
export interface ClientOptions {
  /** Such as `https://api.ecobeat.app`, without a trailing slash. */
  baseUrl: string;
  /** The app's key. */
  apiKey: string;
  tokens: TokenStore;
  /**
   * The user's name for this device, for the list of sessions; the same at each start of the app.
   * @default the session has no name
   */
  device?: string;
  /**
   * The app's version, such as `1.4.2`. The service refuses an old one with `app-version-too-old` and the stores for a newer one.
   * @default the version is not sent
   */
  appVersion?: string;
  /**
   * Called when the session has ended and its tokens are removed: the user must log in again. Not called after {@link Client.logout}.
   * @default none
   */
  onSessionEnded?: () => void;
  /** @default the global `fetch` */
  fetch?: Send;
  /** @default `setTimeout` */
  wait?: (milliseconds: number) => Promise<void>;
}

/** Creates a client of the API. Create only one: two would refresh the same tokens concurrently. */
export function createClient({
  baseUrl,
  apiKey,
  tokens,
  device,
  appVersion,
  onSessionEnded = () => {},
  fetch: send = (request) => fetch(request),
  wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}: ClientOptions) {
  const sendWithRetry = withRetryAfter(baseUrl, send, wait);
  const headers = { "X-Api-Key": apiKey, ...(appVersion !== undefined && { "X-App-Version": appVersion }) };
  const session = new Session({ baseUrl, headers, tokens, send, wait, onEnded: onSessionEnded });

  /** Sends a request with the access token, and refreshes the token if the service refuses it. */
  async function authorized(request: Request): Promise<Response> {
    const stored = await session.stored();
    if (!stored) return sendWithRetry(request);
    const first = await sendWith(stored.tokens.accessToken);
    if (!first.isTokenRefused) return first.response;
    const refresh = await session.refresh(stored);
    // Each caller reads its own copy.
    if (refresh.outcome === "failed") return refresh.response.clone();
    if (refresh.outcome === "ended") return first.response;
    const second = await sendWith(refresh.tokens.accessToken);
    if (second.isTokenRefused) await session.end(refresh.tokens);
    return second.response;

    async function sendWith(accessToken: string) {
      request.headers.set("Authorization", `Bearer ${accessToken}`);
      const response = await sendWithRetry(request);
      const { status, headers } = response;
      if (status !== 401) return { response, isTokenRefused: false };
      // Not by `clone`, which the fetch of some Expo versions does not support: https://github.com/expo/expo/pull/45740
      const body = await response.text();
      return { response: new Response(body, { status, headers }), isTokenRefused: isInvalidToken(body) };
    }
  }

  const api: FetchClient<paths> = createFetchClient<paths>({ baseUrl, headers, fetch: authorized });
  const deviceName = device === undefined ? {} : { device };
  const begin = ({ access_token, refresh_token }: Schemas["Tokens"]) =>
    session.begin({ accessToken: access_token, refreshToken: refresh_token });

  return {
    /** All operations of the API, by method and path. Results are `{ data }` or `{ error }`, both typed. */
    api,

    /**
     * Creates an account and opens its first session. Resolves when the tokens are stored.
     * @param idempotencyKey a UUID that the app creates for this registration and stores with it. With the same UUID, the
     *   registration may be sent again within 24 h if its response was lost; @default it is then refused as taken
     */
    async register(person: Omit<Schemas["Registration"], "device">, idempotencyKey?: string) {
      const response = await api.POST("/v1/auth/register", {
        body: { ...person, ...deviceName },
        params: { header: idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey } },
      });
      if (response.data) await begin(response.data);
      return response;
    },

    /** Opens a session. Resolves when the tokens are stored. */
    async login(credentials: Omit<Schemas["Credentials"], "device">) {
      const response = await api.POST("/v1/auth/login", { body: { ...credentials, ...deviceName } });
      if (response.data) await begin(response.data);
      return response;
    },

    /**
     * Removes the tokens, and ends the session in the service.
     * @throws the error of `fetch` if the service is unreachable; the tokens are removed nevertheless
     */
    async logout(): Promise<void> {
      const last = await session.clear();
      if (last) await api.POST("/v1/auth/logout", { body: { refresh_token: last.refreshToken } });
    },
  };
}

/** A client of the API. */
export type Client = ReturnType<typeof createClient>;

/** The type of a refused access token. Other refusals with 401, such as a wrong password, have other types. */
const invalidToken = "https://ecobeat.app/problems/invalid-token" satisfies RefusedToken["type"];
type RefusedToken = components["responses"]["invalid-token.missing-token"]["content"]["application/problem+json"];

/** Decides by the problem's type: API Gateway renames `WWW-Authenticate`, and CORS hides it from web apps. */
function isInvalidToken(body: string): boolean {
  try {
    return (JSON.parse(body) as Partial<RefusedToken> | null)?.type === invalidToken;
  } catch {
    return false;
  }
}
