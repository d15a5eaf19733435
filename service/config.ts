/** Configuration of the service, built by `lambda.ts`, `server.ts` or a test. */
export interface ServiceConfig {
  /** Public base URL without a trailing slash: issuer and audience of access tokens. */
  apiUrl: string;
  /** Origins that CORS allows. */
  corsOrigins: string[];
  /**
   * The key that the app sends as `X-Api-Key`.
   * @default not required: API Gateway has checked it
   */
  apiKey?: string;
  /** The oldest version of the app that is served, such as `1.4.0`; `0.0.0` serves all. */
  minimumAppVersion: string;
  /** Names the release in the OpenAPI document. @default `development` */
  release?: string | undefined;
  passwords: PasswordConfig;
  tokens: TokenConfig;
  limits: LimitConfig;
  /**
   * How many proxies in front of the service add the address of their client to `X-Forwarded-For`. If it is too high by one,
   * clients can choose their address.
   */
  trustedProxies: number;
  /** @default the service does not serve `/docs` */
  docs?: DocsConfig;
  /**
   * The app that opens links of mails.
   * @default browsers open them as pages
   */
  linkApp?: LinkAppConfig;
}

/** The app that phones open instead of the pages below `/links`. Its Android package is {@link androidPackage}. */
export interface LinkAppConfig {
  /** Team and bundle ids, such as `ABCDE12345.app.ecobeat`. Empty if there is no app on Apple's devices. */
  appleAppIds: readonly string[];
  /** SHA-256 fingerprints of certificates that sign the Android app, such as `14:6D:...`. Empty if there is none. */
  androidCertificates: readonly string[];
}

/** The page `/docs`, on which developers read and try the API. */
export interface DocsConfig {
  /** @default browsers fetch Swagger UI from a CDN, and developers enter their keys and tokens */
  local?: LocalDocsConfig;
}

/** The page `/docs` of a server on a developer's machine. */
export interface LocalDocsConfig {
  /** Folder of the package `swagger-ui-dist`, whose files are served next to the page. */
  filesFolder: string;
  /** A script that fills in the API key, and what responses contain: tokens, ids. */
  fillInScript: string;
  apiKey: string;
}

/** Requests in a window of time. */
export interface Limit {
  requests: number;
  windowSeconds: number;
}

/** Rate limits on passwords and tokens. */
export interface LimitConfig {
  /** Logins to one account from one address. Logins with the right password do not count. */
  loginByAccountAndAddress: Limit;
  /** Logins from one address. Logins with the right password do not count. Phones on one mobile network share addresses. */
  loginByAddress: Limit;
  /** Logins to one account with the right password: each signs a token and opens a session. */
  loginsByUser: Limit;
  /**
   * Registrations from one address that create an account, or find its e-mail address taken. Those that are sent again with their
   * `Idempotency-Key` count as logins.
   */
  registerByAddress: Limit;
  refreshBySession: Limit;
  /** Wrong passwords in password changes. A refused change counts twice: it also tests the new password. */
  passwordChangeByUser: Limit;
  /** Requests for a password reset of one account from one address. */
  resetByAccountAndAddress: Limit;
  /** The same from one address, for any accounts. */
  resetByAddress: Limit;
  /** Links of mails from one address that are not valid. Valid ones do not count. */
  linkByAddress: Limit;
  /** Mails of one kind to one e-mail address. Beyond it, the response is the same, and no mail is sent. */
  mailByKindAndRecipient: Limit;
  /** Requests of one user for another verification mail. */
  verificationByUser: Limit;
  /** Changes of the address that one user requests, with the right password. */
  emailChangeByUser: Limit;
}

/** Cost of Argon2id. */
export interface PasswordConfig {
  memoryKib: number;
  passes: number;
  lanes: number;
  /** How many passwords may be hashed at the same time. Each takes `memoryKib` of the process's memory. */
  concurrency: number;
}

/** Lifetimes of tokens. */
export interface TokenConfig {
  accessTokenSeconds: number;
  /** A session that is not refreshed for this long ends. */
  sessionIdleSeconds: number;
  /** A session lasts no longer than this, however often it is refreshed. */
  sessionAbsoluteSeconds: number;
  /** The grace period: how long a client that lost the response may send a used refresh token again, as often as it likes. */
  refreshGraceSeconds: number;
}

/**
 * 19 MiB, 2 passes, 1 lane: the least that OWASP's Password Storage Cheat Sheet recommends for Argon2id. A function in Lambda
 * handles one request at a time; eight at the same time are for a server on a developer's machine.
 */
export const defaultPasswords: PasswordConfig = { memoryKib: 19_456, passes: 2, lanes: 1, concurrency: 8 };

export const defaultTokens: TokenConfig = {
  accessTokenSeconds: 15 * 60,
  sessionIdleSeconds: 30 * 24 * 60 * 60,
  sessionAbsoluteSeconds: 365 * 24 * 60 * 60,
  refreshGraceSeconds: 10,
};

/**
 * NIST SP 800-63B allows a hundred consecutive failures; a person needs a few.
 *
 * Behind one IPv4 address of a mobile network are hundreds of phones, sometimes thousands ("One IP address, many users: detecting
 * CGNAT to reduce collateral effects", Cloudflare, October 2025). Limits by address are therefore a hundred: of a thousand users, one
 * in ten may mistype a password, or register, in the same quarter of an hour. An attacker gets a hundred guesses, or the answer
 * for a hundred e-mail addresses. Half as many may forget it, and open a link that is no longer valid. The WAF's limit for all of them
 * together is not below their sum: the service explains its refusals, and the WAF's are for floods.
 */
export const defaultLimits: LimitConfig = {
  loginByAccountAndAddress: { requests: 10, windowSeconds: 15 * 60 },
  loginByAddress: { requests: 100, windowSeconds: 15 * 60 },
  // A person has a few devices; a program may share one account among more.
  loginsByUser: { requests: 30, windowSeconds: 15 * 60 },
  registerByAddress: { requests: 100, windowSeconds: 15 * 60 },
  // An access token lives for 15 minutes; an app that restarts refreshes a few more times.
  refreshBySession: { requests: 30, windowSeconds: 5 * 60 },
  passwordChangeByUser: { requests: 10, windowSeconds: 15 * 60 },
  // As many as mails: a person who asks more often from one place is told so.
  resetByAccountAndAddress: { requests: 3, windowSeconds: 15 * 60 },
  resetByAddress: { requests: 50, windowSeconds: 15 * 60 },
  linkByAddress: { requests: 50, windowSeconds: 15 * 60 },
  // No longer than the shortest link is valid: a user for whom an attacker has used up the mails still has valid links. More mails
  // would only annoy.
  mailByKindAndRecipient: { requests: 3, windowSeconds: 15 * 60 },
  verificationByUser: { requests: 3, windowSeconds: 15 * 60 },
  emailChangeByUser: { requests: 5, windowSeconds: 15 * 60 },
};

/** A mistake in the configuration of the service. Its message is for the person who starts the process. */
export class ConfigurationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConfigurationError";
  }
}

/**
 * The value of an environment variable that must be set.
 * @throws {ConfigurationError} when it is missing or empty
 */
export function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (!value) throw new ConfigurationError(`The environment variable ${name} is not set. Set it and start again.`);
  return value;
}
