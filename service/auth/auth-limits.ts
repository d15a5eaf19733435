import { createHmac } from "node:crypto";
import type { Request, Response } from "express";
import type { LimitConfig } from "../config.ts";
import { clientAddress, clientNetwork } from "../platform/client-network.ts";
import { RateLimiter, type RateLimitPolicy, type RateLimitState } from "../platform/rate-limit.ts";
import { correctRateLimitHeaders, setRateLimitHeaders } from "../platform/rate-limit-headers.ts";
import type { RedisConnection } from "../platform/redis.ts";
import type { Timeouts } from "../platform/timeouts.ts";
import { canonicalEmail } from "../users/email.ts";
import type { SecurityEvents } from "./security-events.ts";

/** Options of {@link AuthLimits}. */
export interface AuthLimitsOptions {
  limits: LimitConfig;
  trustedProxies: number;
  /** At least 32 secret bytes, the same for all functions of an environment. If it changes, each client's counts start again. */
  key: () => Promise<Buffer>;
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
  readonly #key: () => Promise<Buffer>;
  readonly #events: SecurityEvents;
  readonly #trustedProxies: number;
  readonly #limiter: RateLimiter;
  readonly #account: RateLimitPolicy;
  readonly #address: RateLimitPolicy;
  readonly #opened: RateLimitPolicy;
  readonly #register: RateLimitPolicy;
  readonly #refresh: RateLimitPolicy;
  readonly #passwordChange: RateLimitPolicy;
  readonly #resetAccount: RateLimitPolicy;
  readonly #resetAddress: RateLimitPolicy;
  readonly #link: RateLimitPolicy;
  readonly #mail: RateLimitPolicy;
  readonly #verification: RateLimitPolicy;
  readonly #emailChange: RateLimitPolicy;

  constructor({ limits, trustedProxies, key, events, redis, timeouts }: AuthLimitsOptions) {
    this.#key = key;
    this.#events = events;
    this.#trustedProxies = trustedProxies;
    this.#limiter = new RateLimiter(redis, timeouts);
    this.#account = { name: "login-account", ...limits.loginByAccountAndAddress };
    this.#address = { name: "login-address", ...limits.loginByAddress };
    this.#opened = { name: "login-user", ...limits.loginsByUser };
    this.#register = { name: "register", ...limits.registerByAddress };
    this.#passwordChange = { name: "password-change", ...limits.passwordChangeByUser };
    this.#refresh = { name: "refresh", ...limits.refreshBySession };
    this.#resetAccount = { name: "reset-account", ...limits.resetByAccountAndAddress };
    this.#resetAddress = { name: "reset-address", ...limits.resetByAddress };
    this.#link = { name: "link-address", ...limits.linkByAddress };
    this.#mail = { name: "mail", ...limits.mailByKindAndRecipient };
    this.#verification = { name: "verification", ...limits.verificationByUser };
    this.#emailChange = { name: "email-change", ...limits.emailChangeByUser };
  }

  /**
   * Counts a login before its password is checked.
   * @returns a function to uncount the login if the password is right
   * @throws the problem `too-many-requests`
   */
  async login(request: Request, response: Response, email: string): Promise<() => Promise<void>> {
    return this.#countAccount(request, response, email, this.#address, this.#account);
  }

  /**
   * Counts a request for a password reset before the account is looked up.
   * @returns a function to uncount it if the service fails
   * @throws the problem `too-many-requests`
   */
  async requestReset(request: Request, response: Response, email: string): Promise<() => Promise<void>> {
    return this.#countAccount(request, response, email, this.#resetAddress, this.#resetAccount);
  }

  /**
   * Counts the use of a link before it is looked up.
   * @returns a function to uncount it if the link is valid, or was not looked up
   * @throws the problem `too-many-requests`
   */
  async useLink(request: Request, response: Response): Promise<() => Promise<void>> {
    return this.#count(response, this.#link, this.#getNetwork(request));
  }

  /**
   * Counts a mail. Its request cannot tell the limit, or it would tell who has an account.
   * @param kind mails of one kind do not take the place of those of another
   * @returns whether the mail may be sent, and a function to uncount it if it is not queued
   */
  async mail(kind: string, recipient: string): Promise<{ isAllowed: boolean; uncount: () => Promise<unknown> }> {
    const client = hashClient(await this.#key(), this.#mail, kind, toAccount(recipient));
    const states = await this.#limiter.count([this.#mail, client]);
    const isAllowed = states[0]!.allowed;
    if (!isAllowed) this.#events.record("mail_limit_reached");
    return { isAllowed, uncount: () => this.#limiter.uncount(states) };
  }

  /**
   * Counts a request for another verification mail.
   * @returns a function to uncount it if the service fails
   * @throws the problem `too-many-requests`
   */
  async requestVerification(response: Response, userId: string): Promise<() => Promise<void>> {
    return this.#count(response, this.#verification, userId);
  }

  /**
   * Counts a change of the address with the right password.
   * @returns a function to uncount it if the service fails
   * @throws the problem `too-many-requests`
   */
  async changeEmail(response: Response, userId: string): Promise<() => Promise<void>> {
    return this.#count(response, this.#emailChange, userId);
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

  async #countAccount(
    request: Request,
    response: Response,
    email: string,
    byAddress: RateLimitPolicy,
    byAccount: RateLimitPolicy,
  ): Promise<() => Promise<void>> {
    const [network, key] = [this.#getNetwork(request), await this.#key()];
    const states = await this.#limiter.count(
      // First: a refused address creates no counters of accounts.
      [byAddress, hashClient(key, byAddress, network)],
      [byAccount, hashClient(key, byAccount, network, toAccount(email))],
    );
    return this.#respond(response, states.reverse());
  }

  async #count(response: Response, policy: RateLimitPolicy, client: string): Promise<() => Promise<void>> {
    return this.#respond(response, await this.#limiter.count([policy, hashClient(await this.#key(), policy, client)]));
  }

  /** @returns a function to uncount the request, and to show what is left then */
  #respond(response: Response, states: readonly RateLimitState[]): () => Promise<void> {
    if (states.some(({ allowed }) => !allowed)) this.#events.record("rate_limited");
    setRateLimitHeaders(response, states);
    return async () => correctRateLimitHeaders(response, await this.#limiter.uncount(states));
  }

  #getNetwork(request: Request): string {
    return clientNetwork(clientAddress(request, this.#trustedProxies));
  }
}

const toAccount = (email: string): string => canonicalEmail(email) ?? email.toLowerCase();

const hashClient = (key: Buffer, { name }: RateLimitPolicy, ...client: string[]): string =>
  createHmac("sha256", key)
    .update(`limit:${[name, ...client].join("\n")}`)
    .digest("base64url");
