import type { components } from "./openapi.ts";
import { retryAfterMs, type Send } from "./retry.ts";
import type { TokenStore, Tokens } from "./token-store.ts";

/** Options of {@link Session}. */
export interface SessionOptions {
  baseUrl: string;
  /** Headers of each request. */
  headers: Readonly<Record<string, string>>;
  tokens: TokenStore;
  send: Send;
  wait: (milliseconds: number) => Promise<void>;
  onEnded: () => void;
}

/** Result of a refresh. `failed` leaves the tokens as they were: another refresh may succeed. */
export type RefreshResult =
  | { outcome: "refreshed"; tokens: Tokens }
  | { outcome: "ended" }
  | { outcome: "failed"; response: Response };

/**
 * The service accepts a used refresh token again for 10 s, for clients that lost the response. No attempt starts later than this after
 * the first one, unless the phone sleeps in between.
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
  #login = 0;
  #refreshing: { login: number; result: Promise<RefreshResult> } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The current tokens. */
  stored(): Promise<StoredTokens | undefined> {
    return this.#inTurn(async () => {
      const tokens = await this.#options.tokens.read();
      return tokens && { tokens, login: this.#login };
    });
  }

  /** Stores the tokens of a new session. */
  begin(tokens: Tokens): Promise<void> {
    this.#login += 1;
    return this.#inTurn(() => this.#options.tokens.write(tokens));
  }

  /** Removes the tokens, and returns them. */
  clear(): Promise<Tokens | undefined> {
    this.#login += 1;
    return this.#inTurn(async () => {
      const tokens = await this.#options.tokens.read();
      await this.#options.tokens.clear();
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

  /** Ends a session that the service refuses despite new tokens. */
  async end({ accessToken }: Tokens): Promise<void> {
    const { tokens, onEnded } = this.#options;
    const isGone = await this.#inTurn(async () => {
      if ((await tokens.read())?.accessToken !== accessToken) return false;
      await tokens.clear();
      return true;
    });
    if (isGone) onEnded();
  }

  async #refresh({ tokens: refused, login }: StoredTokens): Promise<RefreshResult> {
    const now = await this.stored();
    if (now?.login !== login) return { outcome: "ended" };
    // Another call was refused with the same tokens, and has already refreshed them.
    if (now.tokens.accessToken !== refused.accessToken) return { outcome: "refreshed", tokens: now.tokens };
    const response = await this.#exchange(now.tokens.refreshToken);
    if (response.status === 401 || response.status === 422) {
      await this.end(now.tokens);
      return { outcome: "ended" };
    }
    if (!response.ok) return { outcome: "failed", response };
    const { access_token, refresh_token } = (await response.json()) as components["schemas"]["Tokens"];
    const refreshed = { accessToken: access_token, refreshToken: refresh_token };
    const isStored = await this.#inTurn(async () => {
      if (this.#login !== login) return false;
      // Before their first use: if they were lost after it, the old refresh token would end the session.
      await this.#options.tokens.write(refreshed);
      return true;
    });
    return isStored ? { outcome: "refreshed", tokens: refreshed } : { outcome: "ended" };
  }

  /** Runs one operation on the store after the other: the store of a phone is slow, and a refresh must not undo a logout. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Sends a refresh token, and repeats it without a response for as long as the service accepts that. */
  async #exchange(refreshToken: string): Promise<Response> {
    const startedAt = performance.now();
    const left = () => windowMilliseconds - (performance.now() - startedAt);
    for (let pause = firstPauseMilliseconds; ; pause *= 2) {
      const timeout = left() > timeoutMs ? timeoutMs : lastTimeoutMs;
      let next = pause;
      try {
        const response = await this.#attempt(refreshToken, timeout);
        const retryAfter = retryAfterMs(response);
        if (retryAfter === undefined || retryAfter > left()) return response;
        next = retryAfter;
      } catch (error) {
        if (next > left()) throw error;
      }
      await this.#options.wait(next);
    }
  }

  /** @returns the response with its whole body */
  async #attempt(refreshToken: string, timeout: number): Promise<Response> {
    const { baseUrl, send } = this.#options;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout);
    try {
      const response = await send(
        new Request(`${baseUrl}/v1/auth/refresh`, {
          method: "POST",
          headers: { "Content-Type": "application/json", ...this.#options.headers },
          body: JSON.stringify({ refresh_token: refreshToken }),
          signal: abort.signal,
        }),
      );
      const { status, headers } = response;
      return new Response(await response.text(), { status, headers });
    } finally {
      clearTimeout(timer);
    }
  }
}
