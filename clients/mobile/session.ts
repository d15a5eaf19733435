import { type components, type paths, problemBase } from "./openapi.ts";
import { retryAfterMs } from "./retry.ts";
import { parseJson, type Send, sendWithin } from "./send.ts";
import type { Time } from "./time.ts";
import { reportingStore, type TokenStore, type Tokens, toTokens } from "./token-store.ts";

/** Options of {@link Session}. */
export interface SessionOptions {
  baseUrl: string;
  /** Headers of each request. */
  headers: Readonly<Record<string, string>>;
  tokens: TokenStore;
  send: Send;
  time: Time;
  onEnded: () => void;
}

/** Result of a refresh. `failed` leaves the tokens as they were: another refresh may succeed. */
export type RefreshResult =
  | { outcome: "refreshed"; tokens: Tokens }
  | { outcome: "ended" }
  | { outcome: "failed"; response: Response };

/**
 * For clients that lost the response, the service accepts a refresh token again as often as they send it in the 10 s after its first
 * use. Later, it does so only three times in 24 hours, as long as the new token is not used. So no retry starts later than this after
 * the first attempt, unless the phone sleeps in between. The tokens stay, and a later call sends the token once.
 */
const windowMilliseconds = 8_000;

/** A response that takes longer counts as lost, while there is time for another attempt. */
const timeoutMs = 4_000;

/** Timeout of the last attempt: API Gateway times out after 29 s. */
const lastTimeoutMs = 30_000;

const firstPauseMilliseconds = 250;

/** The tokens of a login. */
export interface StoredTokens {
  tokens: Tokens;
  /** Counts logins and logouts: a call that began before one must not continue with the tokens of another user. */
  login: number;
}

/** The app's session: its tokens and their refresh. */
export class Session {
  readonly #options: SessionOptions;
  readonly #store: TokenStore;
  #login = 0;
  /** New tokens that the store could not take. The old ones in the store count as used. */
  #unstored: Tokens | undefined;
  #refreshing: { login: number; result: Promise<RefreshResult> } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#store = reportingStore(options.tokens);
  }

  /**
   * The current tokens.
   * @throws {TokenStoreError} if they cannot be read, or new ones not be stored
   */
  stored(): Promise<StoredTokens | undefined> {
    return this.#inTurn(async () => {
      await this.#storeNew();
      const tokens = await this.#store.read();
      return tokens && { tokens, login: this.#login };
    });
  }

  /** Stores the tokens of a new session, whatever the store contains. */
  begin(tokens: Tokens): Promise<void> {
    this.#startLogin();
    return this.#inTurn(() => this.#store.write(tokens));
  }

  /** Removes the tokens, and returns them if they can be read. */
  clear(): Promise<Tokens | undefined> {
    const unstored = this.#unstored;
    this.#startLogin();
    return this.#inTurn(async () => {
      const tokens = unstored ?? (await this.#store.read().catch(() => undefined));
      await this.#store.clear();
      return tokens;
    });
  }

  /**
   * Replaces refused tokens by new ones. Concurrent callers share one refresh: two would look like token theft to the service.
   * @throws the error of `fetch` if the service is unreachable
   */
  refresh(refused: StoredTokens): Promise<RefreshResult> {
    if (this.#refreshing?.login === refused.login) return this.#refreshing.result;
    const result = this.#refresh(refused).finally(() => {
      if (this.#refreshing?.result === result) this.#refreshing = undefined;
    });
    this.#refreshing = { login: refused.login, result };
    return result;
  }

  /**
   * Ends the session here if it has ended in the service. By a refresh: an access token stays valid for up to 15 minutes.
   * @throws as {@link stored} and {@link refresh}
   */
  async verify(): Promise<void> {
    const stored = await this.stored();
    if (stored) await this.refresh(stored);
  }

  /** Ends a session that the service refuses despite new tokens. */
  async end({ accessToken }: Tokens): Promise<void> {
    const isGone = await this.#inTurn(async () => {
      if ((await this.#store.read())?.accessToken !== accessToken) return false;
      await this.#store.clear();
      return true;
    });
    if (isGone) this.#options.onEnded();
  }

  async #refresh({ tokens: refused, login }: StoredTokens): Promise<RefreshResult> {
    const now = await this.stored();
    if (now?.login !== login) return { outcome: "ended" };
    // Another call was refused with the same tokens, and has already refreshed them.
    if (now.tokens.accessToken !== refused.accessToken) return { outcome: "refreshed", tokens: now.tokens };
    const response = await (now.tokens.isSent ? this.#sendAgain(now.tokens) : this.#sendFirst(now.tokens, login));
    if (!response) return { outcome: "ended" };
    if (response instanceof Response) {
      if (!isEnded(await response.clone().text())) return { outcome: "failed", response };
      await this.end(now.tokens);
      return { outcome: "ended" };
    }
    const isStored = await this.#inTurn(async () => {
      if (this.#login !== login) return false;
      // Before their first use: if they were lost after the next refresh, the old refresh token would end the session.
      this.#unstored = response;
      await this.#storeNew();
      return true;
    });
    return isStored ? { outcome: "refreshed", tokens: response } : { outcome: "ended" };
  }

  #startLogin(): void {
    this.#login += 1;
    this.#unstored = undefined;
  }

  async #storeNew(): Promise<void> {
    if (!this.#unstored) return;
    await this.#store.write(this.#unstored);
    this.#unstored = undefined;
  }

  /** Runs one operation on the store after the other: the store of a phone is slow, and a refresh must not undo a logout. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /**
   * Sends a refresh token for the first time, and repeats it without a response for as long as the service accepts that as often as it
   * comes.
   * @returns the new tokens, or the response of the service if it has none; undefined if the session has ended meanwhile
   */
  async #sendFirst(tokens: Tokens, login: number): Promise<Tokens | Response | undefined> {
    const isStored = await this.#inTurn(async () => {
      if (this.#login !== login) return false;
      // Before it is sent, so that the app knows it after a crash, too.
      await this.#store.write({ ...tokens, isSent: true });
      return true;
    });
    if (!isStored) return undefined;
    const { time } = this.#options;
    const startedAt = time.now();
    const left = () => windowMilliseconds - (time.now() - startedAt);
    for (let pause = firstPauseMilliseconds; ; pause *= 2) {
      const timeout = left() > timeoutMs ? timeoutMs : lastTimeoutMs;
      let next = pause;
      try {
        const response = await this.#attempt(tokens, timeout);
        if (!(response instanceof Response)) return response;
        const retryAfter = retryAfterMs(response);
        if (retryAfter === undefined || retryAfter > left()) return response;
        next = retryAfter;
      } catch (error) {
        if (next > left()) throw error;
      }
      await time.wait(next);
    }
  }

  /**
   * Sends a refresh token again whose response was lost: once, and only when the service says that it can respond. During an outage in
   * which it does what it is asked and does not respond, each attempt would count, and the fourth would end the session.
   */
  async #sendAgain(tokens: Tokens): Promise<Tokens | Response> {
    const { baseUrl, send, time, headers } = this.#options;
    const ready = await sendWithin(lastTimeoutMs, new Request(`${baseUrl}/health/ready`, { headers }), send, time);
    if (ready.status === 503) return new Response(JSON.stringify(unavailable), { status: 503 });
    if (!ready.ok) return ready;
    if (parseJson(await ready.text())?.status !== "up")
      throw new TypeError("The response does not come from the service.");
    return this.#attempt(tokens, lastTimeoutMs);
  }

  async #attempt({ refreshToken }: Tokens, timeout: number): Promise<Tokens | Response> {
    const { baseUrl, send, time, headers } = this.#options;
    const request = new Request(`${baseUrl}/v1/auth/refresh`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ refresh_token: refreshToken }),
    });
    const response = await sendWithin(timeout, request, send, time);
    return response.ok ? toTokens(parseJson(await response.text())) : response;
  }
}

/** The problem of a call that needs a refresh while the service cannot respond to it. */
const unavailable: components["schemas"]["Problem"] = {
  type: `${problemBase}unavailable`,
  title: "Temporarily unavailable",
  status: 503,
  detail: "The service is not ready for a refresh. Try again later.",
};

/** The responses to a refresh token that say that its session has ended, or that it is none. */
const endings: readonly string[] = [
  `${problemBase}invalid-refresh-token` as const,
  `${problemBase}refresh-token-reused` as const,
  `${problemBase}invalid-body` as const,
] satisfies (RefreshProblem<401>["type"] | RefreshProblem<422>["type"])[];
type Refresh = paths["/v1/auth/refresh"]["post"]["responses"];
type RefreshProblem<Status extends 401 | 422> = Refresh[Status]["content"]["application/problem+json"];

/** Decides by the problem's type: a refusal of a proxy with 401 ends no session. */
const isEnded = (body: string) => endings.includes(String(parseJson(body)?.type));
