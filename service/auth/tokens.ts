import type { ServiceConfig } from "../config.ts";
import type { Clock } from "../platform/clock.ts";
import { UnavailableError } from "../platform/deadline.ts";
import type { FreshValue } from "../platform/fresh-value.ts";
import { problems } from "../platform/problems.ts";
import type { AccessTokens } from "./access-tokens.ts";
import type { TokenResponse } from "./operations.ts";
import type { StagedPeppers } from "./peppers.ts";
import { type RefreshToken, RefreshTokens } from "./refresh-tokens.ts";
import type { SecurityEvents } from "./security-events.ts";
import type { SessionId, SessionOrigin, SessionStore } from "./session-store.ts";

/** Options of {@link Tokens}. */
export interface TokensOptions {
  accessTokens: AccessTokens;
  peppers: FreshValue<StagedPeppers>;
  sessions: SessionStore;
  events: SecurityEvents;
  config: ServiceConfig["tokens"];
  clock: Clock;
}

/** Opens sessions, continues them, and ends them by their refresh token. */
export class Tokens {
  readonly #options: TokensOptions;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /**
   * Opens a session. It is stored only after its access token is signed: a failure leaves nothing behind.
   * @param authenticatedAt when the user's credentials were read
   * @throws the problem `invalid-credentials` if all of the user's sessions were ended since
   */
  async open(userId: string, authenticatedAt: number, origin: SessionOrigin): Promise<TokenResponse> {
    const { peppers, sessions, config, clock } = this.#options;
    const issued = new RefreshTokens(await peppers.get());
    // A pepper that was replaced since must not start a session.
    peppers.refuseOutdated();
    const { session, hash: tokenHash, toToken } = issued.create(userId);
    const accessToken = await this.#sign(session);
    const opened = await sessions.create({
      session,
      tokenHash,
      origin,
      authenticatedAt,
      now: clock(),
      idleMilliseconds: config.sessionIdleSeconds * 1000,
      absoluteMilliseconds: config.sessionAbsoluteSeconds * 1000,
    });
    if (!opened) throw problems.invalidCredentials();
    return this.#toResponse(accessToken, toToken(0));
  }

  /**
   * Parses a refresh token, without a query to any store of sessions.
   * @throws the problem `invalid-refresh-token` if it was never issued here
   * @throws {UnavailableError} if it may be under a pepper that could not be read
   */
  async read(refreshToken: string): Promise<RefreshToken> {
    const presented = await this.#find(refreshToken);
    if (!presented) throw problems.invalidRefreshToken();
    return presented;
  }

  /**
   * Exchanges a refresh token for a new pair.
   * @param arrivedAt when the request arrived
   * @param country where it is used, if known
   * @throws the problem `invalid-refresh-token`, or `refresh-token-reused` if that has ended the session
   */
  async refresh(presented: RefreshToken, arrivedAt: number, country?: string): Promise<TokenResponse> {
    const { peppers, sessions, events, config, clock } = this.#options;
    peppers.refuseOutdated();
    const { session } = presented;
    const successor = presented.successor();
    // Signed before anything changes: a key that does not respond in time must not use up the grace period, or the retry that our
    // own response asks for would be one of the few late ones. A client with the token of an ended session causes useless signatures, but only
    // as many as `refreshBySession` allows. A token that was never issued is refused without a signature.
    const accessToken = await this.#sign(session);
    const { outcome, generation, stored } = await sessions.rotate({
      session,
      presented: presented.hash,
      generation: presented.generation,
      successor: successor.hash,
      country,
      now: clock(),
      arrivedAt,
      idleMilliseconds: config.sessionIdleSeconds * 1000,
      graceMilliseconds: config.refreshGraceSeconds * 1000,
    });
    if (outcome === "unknown") throw problems.invalidRefreshToken();
    if (outcome === "reused") {
      events.record("refresh_token_reused", session.userId);
      throw problems.refreshTokenReused();
    }
    if (outcome === "repeated late") events.record("refresh_token_repeated_late", session.userId);
    if (outcome === "recovered") events.record("refresh_rotation_recovered", session.userId);
    const issued = stored === undefined ? successor : presented.findSuccessor(stored);
    if (!issued)
      throw new UnavailableError("The session's refresh token is under a pepper that this process does not know.");
    return this.#toResponse(accessToken, issued.toToken(generation));
  }

  /**
   * Ends a refresh token's session. An invalid token is no error (RFC 7009, 2.2).
   * @throws {UnavailableError} if it may be under a pepper that could not be read
   */
  async close(refreshToken: string): Promise<void> {
    const token = await this.#find(refreshToken);
    if (token && (await this.#options.sessions.revoke(token.session))) {
      this.#options.events.record("session_revoked", token.session.userId);
    }
  }

  /** @returns undefined only if the token was never issued here */
  async #find(refreshToken: string): Promise<RefreshToken | undefined> {
    const { peppers } = this.#options;
    const token = new RefreshTokens(await peppers.get()).read(refreshToken);
    if (!token) peppers.refuseUnread();
    return token;
  }

  #sign({ userId, id }: SessionId): Promise<string> {
    return this.#options.accessTokens.issue({ userId, sessionId: id });
  }

  #toResponse(access_token: string, refresh_token: string): TokenResponse {
    return {
      access_token,
      token_type: "Bearer",
      expires_in: this.#options.accessTokens.lifetimeSeconds,
      refresh_token,
    };
  }
}
