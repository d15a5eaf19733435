/** What a session is continued with. */
export interface Tokens {
  /** For 15 minutes. */
  readonly accessToken: string;
  /** For one refresh. */
  readonly refreshToken: string;
}

/**
 * Where the app keeps its tokens, such as `expo-secure-store`. Whoever can read them is the user.
 *
 * A pair must be written as one: after a crash in the middle, the old pair or the new one is read, never one token of each.
 */
export interface TokenStore {
  /** @returns undefined if nobody is logged in */
  read(): Promise<Tokens | undefined>;
  /** Resolves once the tokens would survive the end of the app. */
  write(tokens: Tokens): Promise<void>;
  clear(): Promise<void>;
}
