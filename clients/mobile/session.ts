import type { components } from "./openapi.ts";
import { retryAfterMs, type Send } from "./retry.ts";
import type { TokenStore, Tokens } from "./token-store.ts";

/** What {@link Session} needs. */
export interface SessionOptions {
  baseUrl: string;
  /** What each request carries. */
  headers: Readonly<Record<string, string>>;
  tokens: TokenStore;
  send: Send;
  wait: (milliseconds: number) => Promise<void>;
  onEnded: () => void;
}

/** Result of a refresh. `failed` leaves the tokens as they were: another one may succeed. */
export type RefreshResult =
  | { outcome: "refreshed"; tokens: Tokens }
  | { outcome: "ended" }
  | { outcome: "failed"; answer: Response };

/**
 * The service takes a spent refresh token again for 10 s, for clients that lost the answer. No attempt begins later than this
 * after the first one, but where the phone sleeps in between.
 */
const windowMilliseconds = 8_000;

/** An answer that takes longer is taken for lost, while there is time for another attempt. */
const timeoutMs = 4_000;

/** Of the last attempt: API Gateway gives up after 29 s. */
const lastTimeoutMs = 30_000;

const firstPauseMilliseconds = 250;

/** The tokens of a login. */
export interface StoredTokens {
  tokens: Tokens;
  /** Counts logins and logouts: what was begun before one must not go on with the tokens of another user. */
  login: number;
}

/** The session as the app holds it: its tokens, and how they are refreshed. */
export class Session {
  readonly #options: SessionOptions;
  #login = 0;
  #refreshing: { login: number; result: Promise<RefreshResult> } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The tokens as they are now. */
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

  /** Forgets the tokens, and tells what they were. */
  clear(): Promise<Tokens | undefined> {
    this.#login += 1;
    return this.#inTurn(async () => {
      const tokens = await this.#options.tokens.read();
      await this.#options.tokens.clear();
      return tokens;
    });
  }

  /**
   * New tokens in place of some that were refused. However many ask, one refresh is under way; two would look to the service
   * like a thief's.
   * @throws whatever `fetch` throws when the service is not reached
   */
  refresh(refused: StoredTokens): Promise<RefreshResult> {
    if (this.#refreshing?.login === refused.login) return this.#refreshing.result;
    const result = this.#refresh(refused).finally(() => {
      if (this.#refreshing?.result === result) this.#refreshing = undefined;
    });
    this.#refreshing = { login: refused.login, result };
    return result;
  }

  /** Ends a session that the service refuses although its tokens are new. */
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
    // Somebody else was refused with the same tokens, and has refreshed them already.
    if (now.tokens.accessToken !== refused.accessToken) return { outcome: "refreshed", tokens: now.tokens };
    const answer = await this.#exchange(now.tokens.refreshToken);
    if (answer.status === 401 || answer.status === 422) {
      await this.end(now.tokens);
      return { outcome: "ended" };
    }
    if (!answer.ok) return { outcome: "failed", answer };
    const { access_token, refresh_token } = (await answer.json()) as components["schemas"]["Tokens"];
    const refreshed = { accessToken: access_token, refreshToken: refresh_token };
    const isStored = await this.#inTurn(async () => {
      if (this.#login !== login) return false;
      // Before they are used: were they lost afterwards, the old refresh token would end the session.
      await this.#options.tokens.write(refreshed);
      return true;
    });
    return isStored ? { outcome: "refreshed", tokens: refreshed } : { outcome: "ended" };
  }

  /** Does one thing with the store after the other: a phone's takes its time, and a logout must not lose to a refresh. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Sends a refresh token, the same again and again while no answer comes, within the time that the service allows for that. */
  async #exchange(refreshToken: string): Promise<Response> {
    const startedAt = performance.now();
    const left = () => windowMilliseconds - (performance.now() - startedAt);
    for (let pause = firstPauseMilliseconds; ; pause *= 2) {
      const timeout = left() > timeoutMs ? timeoutMs : lastTimeoutMs;
      let next = pause;
      try {
        const answer = await this.#attempt(refreshToken, timeout);
        const asked = retryAfterMs(answer);
        if (asked === undefined || asked > left()) return answer;
        next = asked;
      } catch (error) {
        if (next > left()) throw error;
      }
      await this.#options.wait(next);
    }
  }

  /** @returns the answer once all of it is here */
  async #attempt(refreshToken: string, timeout: number): Promise<Response> {
    const { baseUrl, send } = this.#options;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout);
    try {
      const answer = await send(
        new Request(`${baseUrl}/v1/auth/refresh`, {
          method: "POST",
          headers: { "Content-Type": "application/json", ...this.#options.headers },
          body: JSON.stringify({ refresh_token: refreshToken }),
          signal: abort.signal,
        }),
      );
      const { status, headers } = answer;
      return new Response(await answer.text(), { status, headers });
    } finally {
      clearTimeout(timer);
    }
  }
}
