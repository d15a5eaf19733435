/** The tokens of a session. */
export interface Tokens {
  /** Valid for 15 minutes. */
  readonly accessToken: string;
  /** Valid for one refresh. */
  readonly refreshToken: string;
}

/**
 * Where the app keeps its tokens, such as `expo-secure-store`. Anyone who can read them can act as the user.
 *
 * Write a pair as one value: after a crash, `read` must return the old or the new pair, never one token of each.
 */
export interface TokenStore {
  /** @returns undefined if no user is logged in */
  read(): Promise<Tokens | undefined>;
  /** Resolves when the tokens would survive the end of the app. */
  write(tokens: Tokens): Promise<void>;
  clear(): Promise<void>;
}
