/** The tokens of a session. */
export interface Tokens {
  /** Valid for 15 minutes. */
  readonly accessToken: string;
  /** Valid for one refresh. */
  readonly refreshToken: string;
  /**
   * Whether the refresh token was sent, so that the service may have used it up in a refresh whose response is lost.
   * @default false
   */
  readonly isSent?: boolean;
}

/**
 * Where the app keeps its tokens, such as `expo-secure-store`. Anyone who can read them can act as the user.
 *
 * Write all members as one value: after a crash, `read` must return the old or the new pair, never one token of each.
 */
export interface TokenStore {
  /**
   * @returns undefined if no user is logged in
   * @throws if the tokens cannot be read, such as while the phone is locked: calls then reject, and the user stays logged in
   */
  read(): Promise<Tokens | undefined>;
  /** Resolves when the tokens would survive the end of the app. */
  write(tokens: Tokens): Promise<void>;
  clear(): Promise<void>;
}

/** The store of the tokens failed. Its own error is the `cause`. The user is still logged in, and may log in again. */
export class TokenStoreError extends Error {
  constructor(cause: unknown) {
    super("The store of the tokens failed.", { cause });
    this.name = "TokenStoreError";
  }
}

/** A token store whose errors are {@link TokenStoreError}s. */
export function reportingStore(store: TokenStore): TokenStore {
  const report = async <T>(work: () => Promise<T>) => {
    try {
      return await work();
    } catch (error) {
      throw new TokenStoreError(error);
    }
  };
  return {
    read: () => report(() => store.read()),
    write: (tokens) => report(() => store.write(tokens)),
    clear: () => report(() => store.clear()),
  };
}

/**
 * The tokens of a response.
 * @throws a `TypeError` if it has none, so that no broken response replaces tokens that are stored
 */
export function toTokens(body: unknown): Tokens {
  const { access_token, refresh_token } = (body ?? {}) as Record<string, unknown>;
  if (typeof access_token !== "string" || typeof refresh_token !== "string") {
    throw new TypeError("The response has no tokens.");
  }
  return { accessToken: access_token, refreshToken: refresh_token };
}
