import { createHmac } from "node:crypto";
import type { Request, Response } from "express";
import type { LimitConfig } from "../config.ts";
import { clientAddress, clientNetwork } from "../platform/client-network.ts";
import { RateLimit, type RateLimitState } from "../platform/rate-limit.ts";
import { setRateLimitHeaders } from "../platform/rate-limit-headers.ts";
import type { RedisConnection } from "../platform/redis.ts";
import { canonicalEmail } from "../users/email.ts";
import type { SecurityEvents } from "./security-events.ts";

/** What {@link AuthLimits} needs. */
export interface AuthLimitsOptions {
  limits: LimitConfig;
  trustedProxies: number;
  /** At least 32 secret bytes. */
  key: Buffer;
  events: SecurityEvents;
  /** @default each process counts by itself */
  redis?: RedisConnection | undefined;
}

/**
 * How often passwords and tokens may be tried.
 *
 * Login is limited by the account and the address together, and by the address. There is no limit by the account alone:
 * with it a stranger could keep the owner out by trying wrong passwords. What is left to somebody with many addresses is
 * ten passwords from each in a quarter of an hour, none of which is among the commonest.
 *
 * Logins that succeed are limited by the account alone: who knows its password could have tokens signed and sessions stored
 * without end, and only who knows it comes so far.
 *
 * Redis holds keyed hashes of accounts and addresses, not these.
 */
export class AuthLimits {
  readonly #key: Buffer;
  readonly #events: SecurityEvents;
  readonly #trustedProxies: number;
  readonly #account: RateLimit;
  readonly #address: RateLimit;
  readonly #opened: RateLimit;
  readonly #register: RateLimit;
  readonly #refresh: RateLimit;
  readonly #passwordChange: RateLimit;

  constructor({ limits, trustedProxies, key, events, redis }: AuthLimitsOptions) {
    this.#key = key;
    this.#events = events;
    this.#trustedProxies = trustedProxies;
    this.#account = new RateLimit({ name: "login-account", ...limits.loginByAccountAndAddress }, redis);
    this.#address = new RateLimit({ name: "login-address", ...limits.loginByAddress }, redis);
    this.#opened = new RateLimit({ name: "login-user", ...limits.loginsByUser }, redis);
    this.#register = new RateLimit({ name: "register", ...limits.registerByAddress }, redis);
    this.#passwordChange = new RateLimit({ name: "password-change", ...limits.passwordChangeByUser }, redis);
    this.#refresh = new RateLimit({ name: "refresh", ...limits.refreshBySession }, redis);
  }

  /**
   * Counts a login before its password is checked.
   * @returns what to call when the password was right: then the login counts no more
   * @throws the problem `too-many-requests`
   */
  async login(request: Request, response: Response, email: string): Promise<() => Promise<void>> {
    const network = this.#networkOf(request);
    const byAddress = this.#hash(network);
    const byAccount = this.#hash(network, canonicalEmail(email) ?? email.toLowerCase());
    const address = await this.#address.count(byAddress);
    // An address that is refused makes no counters for accounts.
    const account = address.allowed ? await this.#account.count(byAccount) : undefined;
    this.#answer(response, account ? [account, address] : [address]);
    return async () => {
      await Promise.all([
        account && this.#account.uncount(byAccount, account),
        this.#address.uncount(byAddress, address),
      ]);
    };
  }

  /**
   * Counts a login whose password was right, before its tokens are made. The answer then says where the client stands by this
   * alone: by the other limits it does not count.
   * @returns what to call when there are no tokens all the same
   * @throws the problem `too-many-requests`
   */
  async open(response: Response, userId: string): Promise<() => Promise<void>> {
    const state = await this.#opened.count(userId);
    this.#answer(response, [state]);
    return () => this.#opened.uncount(userId, state);
  }

  /**
   * Counts a try of the password at a change of it. Only who has an open session can ask, so that nobody keeps the owner out.
   * @returns what to call when the password was right, or not checked
   * @throws the problem `too-many-requests`
   */
  async tryPassword(response: Response, userId: string): Promise<() => Promise<void>> {
    const state = await this.#passwordChange.count(userId);
    this.#answer(response, [state]);
    return () => this.#passwordChange.uncount(userId, state);
  }

  /** @throws the problem `too-many-requests` */
  async register(request: Request, response: Response): Promise<void> {
    this.#answer(response, [await this.#register.count(this.#hash(this.#networkOf(request)))]);
  }

  /** @throws the problem `too-many-requests` */
  async refresh(response: Response, sessionId: string): Promise<void> {
    this.#answer(response, [await this.#refresh.count(sessionId)]);
  }

  #answer(response: Response, states: readonly RateLimitState[]): void {
    if (states.some(({ allowed }) => !allowed)) this.#events.record("rate_limited");
    setRateLimitHeaders(response, states);
  }

  #networkOf(request: Request): string {
    return clientNetwork(clientAddress(request, this.#trustedProxies));
  }

  #hash(...parts: string[]): string {
    return createHmac("sha256", this.#key)
      .update(`limit:${parts.join("\n")}`)
      .digest("base64url");
  }
}
