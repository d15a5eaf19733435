import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import { type MailLink, parseLink } from "./links.ts";
import { type components, type paths, problemBase } from "./openapi.ts";
import { withRetryAfter } from "./retry.ts";
import { parseJson, type Send } from "./send.ts";
import { Session } from "./session.ts";
import { phoneTime, type Time } from "./time.ts";
import { type TokenStore, toTokens } from "./token-store.ts";

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
  /** @default the phone's */
  time?: Time;
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
  time = phoneTime,
}: ClientOptions) {
  const sendWithRetry = withRetryAfter(baseUrl, send, time);
  const headers = { "X-Api-Key": apiKey, ...(appVersion !== undefined && { "X-App-Version": appVersion }) };
  const session = new Session({ baseUrl, headers, tokens, send, time, onEnded: onSessionEnded });

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
      return { response, isTokenRefused: response.status === 401 && isInvalidToken(await response.clone().text()) };
    }
  }

  const api: FetchClient<paths> = createFetchClient<paths>({ baseUrl, headers, fetch: authorized });
  // Without a look at the tokens: a store that cannot be read must not be in the way of a login, which overwrites it.
  const open = createFetchClient<paths>({ baseUrl, headers, fetch: sendWithRetry });
  const deviceName = device === undefined ? {} : { device };

  return {
    /** All operations of the API, by method and path. Results are `{ data }` or `{ error }`, both typed. */
    api,

    /**
     * Creates an account and opens its first session. Resolves when the tokens are stored.
     * @param idempotencyKey a UUID that the app creates for this registration and stores with it. With the same UUID, the
     *   registration may be sent again within 24 h if its response was lost; @default it is then refused as taken
     */
    async register(person: Omit<Schemas["Registration"], "device">, idempotencyKey?: string) {
      const response = await open.POST("/v1/auth/register", {
        body: { ...person, ...deviceName },
        params: { header: idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey } },
      });
      if (response.response.ok) await session.begin(toTokens(response.data));
      return response;
    },

    /** Opens a session. Resolves when the tokens are stored. */
    async login(credentials: Omit<Schemas["Credentials"], "device">) {
      const response = await open.POST("/v1/auth/login", { body: { ...credentials, ...deviceName } });
      if (response.response.ok) await session.begin(toTokens(response.data));
      return response;
    },

    /**
     * Requests a mail with a link to choose another password. The response does not tell whether there is an account. If its address
     * was never confirmed, the mail has a link to confirm it instead: the user follows it, and asks again.
     */
    requestPasswordReset: (email: string) => open.POST("/v1/auth/password-reset", { body: { email } }),

    /**
     * Sets another password by the link of a mail, and ends all sessions of its account. If the app has one of them, it calls
     * `onSessionEnded` soon after. Then log in with the new password. After a lost response, send the same again.
     */
    async resetPassword(token: string, newPassword: string) {
      const response = await open.POST("/v1/auth/password-reset/confirm", {
        body: { token, new_password: newPassword },
      });
      // Whatever fails here: the next call that is refused ends the session.
      if (response.response.ok) session.verify().catch(() => {});
      return response;
    },

    /** Confirms an address by the link of a mail. Needs no login. After a lost response, send the same again. */
    confirmEmail: (token: string) => open.POST("/v1/auth/email/confirm", { body: { token } }),

    /** Requests another mail to confirm the address of the user. Without effect if it is confirmed: see `email_verified` of the profile. */
    requestEmailVerification: () => api.POST("/v1/auth/email/verification"),

    /** Requests a mail to the new address. The address changes when its link is used. */
    changeEmail: (newEmail: string, currentPassword: string) =>
      api.PUT("/v1/auth/email", { body: { new_email: newEmail, current_password: currentPassword } }),

    /**
     * Reads a URL that opens the app.
     * @returns undefined if it is no link of the API's mails: ignore it
     */
    parseLink: (url: string): MailLink | undefined => parseLink(url, baseUrl),

    /**
     * Removes the tokens, and ends the session in the service.
     * @throws the error of `fetch` if the service is unreachable; the tokens are removed nevertheless. A {@link TokenStoreError} if they
     *   could not be removed
     */
    async logout(): Promise<void> {
      const last = await session.clear();
      if (last) await open.POST("/v1/auth/logout", { body: { refresh_token: last.refreshToken } });
    },
  };
}

/** A client of the API. */
export type Client = ReturnType<typeof createClient>;

/** The type of a refused access token. Other refusals with 401, such as a wrong password, have other types. */
const invalidToken = `${problemBase}invalid-token` as const satisfies RefusedToken["type"];
type RefusedToken = components["responses"]["invalid-token.missing-token"]["content"]["application/problem+json"];

/** Decides by the problem's type: API Gateway renames `WWW-Authenticate`, and CORS hides it from web apps. */
const isInvalidToken = (body: string) => parseJson(body)?.type === invalidToken;
