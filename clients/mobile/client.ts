import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import type { components, paths } from "./openapi.ts";
import { type Send, withRetryAfter } from "./retry.ts";
import { Session } from "./session.ts";
import type { TokenStore } from "./token-store.ts";

type Schemas = components["schemas"];

/** What {@link createClient} needs. */
export interface ClientOptions {
  /** Such as `https://api.ecobeat.app`, without a slash at its end. */
  baseUrl: string;
  /** The app's key. */
  apiKey: string;
  tokens: TokenStore;
  /**
   * What the user would call this device, for the list of sessions; the same at each start of the app.
   * @default the session has no name
   */
  device?: string;
  /**
   * The app's version, such as `1.4.2`. One that is too old is refused with `app-version-too-old` and where to get a newer one.
   * @default the service is not told
   */
  appVersion?: string;
  /**
   * Called when the session has ended and its tokens are gone: the user must log in again. Not after {@link Client.logout}.
   * @default nobody is told
   */
  onSessionEnded?: () => void;
  /** @default the global `fetch` */
  fetch?: Send;
  /** @default `setTimeout` */
  wait?: (milliseconds: number) => Promise<void>;
}

/** Makes a client of the API. Have one in the app: two would refresh the same tokens at once. */
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

  /** Sends a request with the access token, refreshing it when the service asks for that. */
  async function authorized(request: Request): Promise<Response> {
    const stored = await session.stored();
    if (!stored) return sendWithRetry(request);
    const first = await sendWith(stored.tokens.accessToken);
    if (!first.wantsNewToken) return first.answer;
    const refresh = await session.refresh(stored);
    // Each who waited reads an answer of its own.
    if (refresh.outcome === "failed") return refresh.answer.clone();
    if (refresh.outcome === "ended") return first.answer;
    const second = await sendWith(refresh.tokens.accessToken);
    if (second.wantsNewToken) await session.end(refresh.tokens);
    return second.answer;

    async function sendWith(accessToken: string) {
      request.headers.set("Authorization", `Bearer ${accessToken}`);
      const answer = await sendWithRetry(request);
      const { status, headers } = answer;
      if (status !== 401) return { answer, wantsNewToken: false };
      // Not by `clone`, which the fetch of some Expo versions lacks: https://github.com/expo/expo/pull/45740
      const body = await answer.text();
      return { answer: new Response(body, { status, headers }), wantsNewToken: isInvalidToken(body) };
    }
  }

  const api: FetchClient<paths> = createFetchClient<paths>({
    baseUrl,
    headers,
    fetch: authorized,
  });
  const named = device === undefined ? {} : { device };
  const begin = ({ access_token, refresh_token }: Schemas["Tokens"]) =>
    session.begin({ accessToken: access_token, refreshToken: refresh_token });

  return {
    /** Every operation of the API, by method and path; answers are `{ data }` or `{ error }`, both typed. */
    api,

    /**
     * Makes an account and opens its first session. Resolves once the tokens are stored.
     * @param idempotencyKey a UUID that the app makes for this registration and keeps with it: with the same one it may be
     *   sent again, within 24 h, when its answer was lost; @default then it is refused as taken
     */
    async register(person: Omit<Schemas["Registration"], "device">, idempotencyKey?: string) {
      const answer = await api.POST("/v1/auth/register", {
        body: { ...person, ...named },
        params: { header: idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey } },
      });
      if (answer.data) await begin(answer.data);
      return answer;
    },

    /** Opens a session. Resolves once the tokens are stored. */
    async login(credentials: Omit<Schemas["Credentials"], "device">) {
      const answer = await api.POST("/v1/auth/login", { body: { ...credentials, ...named } });
      if (answer.data) await begin(answer.data);
      return answer;
    },

    /**
     * Forgets the tokens, and has the service end the session.
     * @throws whatever `fetch` throws when the service is not reached; the tokens are gone all the same
     */
    async logout(): Promise<void> {
      const last = await session.clear();
      if (last) await api.POST("/v1/auth/logout", { body: { refresh_token: last.refreshToken } });
    },
  };
}

/** A client of the API. */
export type Client = ReturnType<typeof createClient>;

/** The catalogue's word for it; other refusals, such as that of a password, have others. */
const invalidToken = "https://ecobeat.app/problems/invalid-token" satisfies RefusedToken["type"];
type RefusedToken =
  components["responses"]["invalid-token.missing-token"]["content"]["application/problem+json"];

/** By the problem's type: API Gateway renames `WWW-Authenticate`, and CORS hides it from a page. */
function isInvalidToken(body: string): boolean {
  try {
    return (JSON.parse(body) as Partial<RefusedToken> | null)?.type === invalidToken;
  } catch {
    return false;
  }
}
