import { createHmac } from "node:crypto";
import type { Request, Response } from "express";
import type { LimitConfig } from "../config.ts";
import { clientAddress, clientNetwork } from "../platform/client-network.ts";
import { RateLimit, type RateLimitState } from "../platform/rate-limit.ts";
import { correctRateLimitHeaders, setRateLimitHeaders } from "../platform/rate-limit-headers.ts";
import type { RedisConnection } from "../platform/redis.ts";
import type { Timeouts } from "../platform/timeouts.ts";
import { canonicalEmail } from "../users/email.ts";
import type { SecurityEvents } from "./security-events.ts";

/** Options of {@link AuthLimits}. */
export interface AuthLimitsOptions {
  limits: LimitConfig;
  trustedProxies: number;
  /** At least 32 secret bytes. */
  key: Buffer;
  events: SecurityEvents;
  /** @default each process counts by itself */
  redis?: RedisConnection | undefined;
  /** @default those of the service in production */
  timeouts?: Timeouts;
}

/**
 * Rate limits on passwords and tokens.
 *
 * Logins are limited by account and address together, and by address. There is no limit by account alone: with one, an attacker
 * could lock the owner out with wrong passwords. An attacker with many addresses can still try ten passwords from each in 15
 * minutes, none of which is common.
 *
 * Successful logins are limited by account alone: anyone who knows the password could have tokens signed and sessions stored
 * without end, and no one else gets that far.
 *
 * Registrations are limited by address alone. Those that create an account count, since any address that is free will do, and so
 * do those that find it taken, since they tell an attacker who has an account. A registration that is sent again with its key
 * counts as a login instead: it opens another session, and only with the right password.
 *
 * Redis contains keyed hashes of users, sessions, accounts and addresses only, another for each limit.
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

  constructor({ limits, trustedProxies, key, events, redis, timeouts }: AuthLimitsOptions) {
    this.#key = key;
    this.#events = events;
    this.#trustedProxies = trustedProxies;
    this.#account = new RateLimit({ name: "login-account", ...limits.loginByAccountAndAddress }, redis, timeouts);
    this.#address = new RateLimit({ name: "login-address", ...limits.loginByAddress }, redis, timeouts);
    this.#opened = new RateLimit({ name: "login-user", ...limits.loginsByUser }, redis, timeouts);
    this.#register = new RateLimit({ name: "register", ...limits.registerByAddress }, redis, timeouts);
    this.#passwordChange = new RateLimit({ name: "password-change", ...limits.passwordChangeByUser }, redis, timeouts);
    this.#refresh = new RateLimit({ name: "refresh", ...limits.refreshBySession }, redis, timeouts);
  }

  /**
   * Counts a login before its password is checked.
   * @returns a function to uncount the login if the password is right
   * @throws the problem `too-many-requests`
   */
  async login(request: Request, response: Response, email: string): Promise<() => Promise<void>> {
    const network = this.#getNetwork(request);
    const byAddress = this.#hash(this.#address, network);
    const byAccount = this.#hash(this.#account, network, canonicalEmail(email) ?? email.toLowerCase());
    const address = await this.#address.count(byAddress);
    // It throws for a refused address, which then creates no counters for accounts.
    if (!address.allowed) this.#respond(response, [address]);
    const account = await this.#account.count(byAccount);
    this.#respond(response, [account, address]);
    return async () => {
      const left = [this.#account.uncount(byAccount, account), this.#address.uncount(byAddress, address)];
      correctRateLimitHeaders(response, await Promise.all(left));
    };
  }

  /**
   * Counts a login with the right password, before its tokens are issued. The headers then show this limit alone: the login does
   * not count towards the others.
   * @returns a function to uncount the login if no tokens are issued
   * @throws the problem `too-many-requests`
   */
  async open(response: Response, userId: string): Promise<() => Promise<void>> {
    return this.#count(response, this.#opened, userId);
  }

  /**
   * Counts a password that a password change sends. It needs an open session, so that no attacker can lock the owner out.
   * @returns a function to uncount it if it is right, or not checked
   * @throws the problem `too-many-requests`
   */
  async tryPassword(response: Response, userId: string): Promise<() => Promise<void>> {
    return this.#count(response, this.#passwordChange, userId);
  }

  /**
   * Counts a registration before the account is looked up.
   * @returns a function to uncount it if it neither created an account nor found the address taken
   * @throws the problem `too-many-requests`
   */
  async register(request: Request, response: Response): Promise<() => Promise<void>> {
    return this.#count(response, this.#register, this.#getNetwork(request));
  }

  /** @throws the problem `too-many-requests` */
  async refresh(response: Response, sessionId: string): Promise<void> {
    await this.#count(response, this.#refresh, sessionId);
  }

  /** @returns a function to uncount the request, and to show what is left then */
  async #count(response: Response, limit: RateLimit, client: string): Promise<() => Promise<void>> {
    const key = this.#hash(limit, client);
    const state = await limit.count(key);
    this.#respond(response, [state]);
    return async () => correctRateLimitHeaders(response, [await limit.uncount(key, state)]);
  }

  #respond(response: Response, states: readonly RateLimitState[]): void {
    if (states.some(({ allowed }) => !allowed)) this.#events.record("rate_limited");
    setRateLimitHeaders(response, states);
  }

  #getNetwork(request: Request): string {
    return clientNetwork(clientAddress(request, this.#trustedProxies));
  }

  #hash({ name }: RateLimit, ...client: string[]): string {
    return createHmac("sha256", this.#key)
      .update(`limit:${[name, ...client].join("\n")}`)
      .digest("base64url");
  }
}
