import type { components } from "./openapi.ts";
import { askedToWait, type Send } from "./patience.ts";
import type { TokenStore, Tokens } from "./token-store.ts";

/** What {@link Session} needs. */
export interface SessionOptions {
  baseUrl: string;
  apiKey: string;
  tokens: TokenStore;
  send: Send;
  wait: (milliseconds: number) => Promise<void>;
  onEnded: () => void;
}

/** What a renewal came to. `failed` leaves the tokens as they were: another one may succeed. */
export type Renewal =
  | { outcome: "renewed"; tokens: Tokens }
  | { outcome: "ended" }
  | { outcome: "failed"; answer: Response };

/**
 * The service takes a spent refresh token again for 10 s, for clients that lost the answer. No attempt begins later than this
 * after the first one.
 */
const windowMilliseconds = 8_000;

/** An answer that takes longer is taken for lost, while there is time for another attempt. */
const patienceMilliseconds = 4_000;

/** Of the last attempt: API Gateway gives up after 29 s. */
const lastPatienceMilliseconds = 30_000;

const firstPauseMilliseconds = 250;

/** The session as the app holds it: its tokens, and how they are renewed. */
export class Session {
  readonly #options: SessionOptions;
  #renewal: Promise<Renewal> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Stores the tokens of a new session. */
  async begin(tokens: Tokens): Promise<void> {
    await this.#settled();
    await this.#options.tokens.write(tokens);
  }

  /** Forgets the tokens, and tells what they were. */
  async forget(): Promise<Tokens | undefined> {
    await this.#settled();
    const tokens = await this.#options.tokens.read();
    await this.#options.tokens.clear();
    return tokens;
  }

  /**
   * New tokens in place of some that were refused. However many ask, one refresh is under way; two would look to the service
   * like a thief's.
   * @throws whatever `fetch` throws when the service is not reached
   */
  renew(refused: Tokens): Promise<Renewal> {
    this.#renewal ??= this.#renew(refused).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Ends a session that the service refuses although its tokens are new. */
  async end({ accessToken }: Tokens): Promise<void> {
    const { tokens, onEnded } = this.#options;
    if ((await tokens.read())?.accessToken !== accessToken) return;
    await tokens.clear();
    onEnded();
  }

  async #renew(refused: Tokens): Promise<Renewal> {
    const { tokens } = this.#options;
    const stored = await tokens.read();
    if (!stored) return { outcome: "ended" };
    // Somebody else was refused with the same tokens, and has renewed them already.
    if (stored.accessToken !== refused.accessToken) return { outcome: "renewed", tokens: stored };
    const answer = await this.#exchange(stored.refreshToken);
    if (answer.status === 401 || answer.status === 422) {
      await this.end(stored);
      return { outcome: "ended" };
    }
    if (!answer.ok) return { outcome: "failed", answer };
    const { access_token, refresh_token } = (await answer.json()) as components["schemas"]["Tokens"];
    const renewed = { accessToken: access_token, refreshToken: refresh_token };
    // Before they are used: were they lost afterwards, the old refresh token would end the session.
    await tokens.write(renewed);
    return { outcome: "renewed", tokens: renewed };
  }

  /** Sends a refresh token, the same again and again while no answer comes, within the time that the service allows for that. */
  async #exchange(refreshToken: string): Promise<Response> {
    const startedAt = Date.now();
    const left = () => windowMilliseconds - (Date.now() - startedAt);
    for (let pause = firstPauseMilliseconds; ; pause *= 2) {
      const patience = left() > patienceMilliseconds ? patienceMilliseconds : lastPatienceMilliseconds;
      let next = pause;
      try {
        const answer = await this.#attempt(refreshToken, patience);
        const asked = askedToWait(answer);
        if (asked === undefined || asked > left()) return answer;
        next = asked;
      } catch (error) {
        if (next > left()) throw error;
      }
      await this.#options.wait(next);
    }
  }

  /** @returns the answer once all of it is here */
  async #attempt(refreshToken: string, patience: number): Promise<Response> {
    const { baseUrl, apiKey, send } = this.#options;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), patience);
    try {
      const answer = await send(
        new Request(`${baseUrl}/v1/auth/refresh`, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-Api-Key": apiKey },
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

  async #settled(): Promise<void> {
    await this.#renewal?.catch(() => {});
  }
}
