import { randomUUID } from "node:crypto";
import { decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import type { Clock } from "../platform/clock.ts";
import type { Metrics } from "../platform/metrics.ts";
import { problems } from "../platform/problems.ts";
import { uuidPattern } from "../platform/uuid.ts";
import type { SigningKeyRing } from "./signing-key-ring.ts";

/** The user and session of an access token. */
export interface AccessTokenClaims {
  userId: string;
  sessionId: string;
}

interface VerifiedToken extends AccessTokenClaims {
  expiresAt: number;
}

/** Options of {@link AccessTokens}. */
export interface AccessTokensOptions {
  keys: SigningKeyRing;
  /** Issuer and audience. */
  apiUrl: string;
  lifetimeSeconds: number;
  clock: Clock;
  metrics: Metrics;
}

/** Verifying takes 0.1 ms, and an app sends its token many times: so verified tokens are cached. */
const rememberedTokens = 500;

/** Issues and verifies access tokens: JWTs of RFC 9068, signed with RS256. */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  #invalidations = 0;
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: rememberedTokens });

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  get lifetimeSeconds(): number {
    return this.#options.lifetimeSeconds;
  }

  /** Signs a new token: one call of the signing key, and no other call. */
  async issue({ userId, sessionId }: AccessTokenClaims): Promise<string> {
    const { keys, apiUrl, lifetimeSeconds, clock, metrics } = this.#options;
    const key = await keys.current();
    const issuedAt = Math.floor(clock() / 1000);
    const header = { alg: "RS256", typ: "at+jwt", kid: key.kid };
    const claims = {
      iss: apiUrl,
      aud: apiUrl,
      sub: userId,
      sid: sessionId,
      iat: issuedAt,
      exp: issuedAt + lifetimeSeconds,
      jti: randomUUID(),
    };
    const signed = `${encode(header)}.${encode(claims)}`;
    const signature = await metrics.time("SignDuration", () => key.sign(Buffer.from(signed)));
    return `${signed}.${Buffer.from(signature).toString("base64url")}`;
  }

  /**
   * The claims of a token that was verified before and is still valid. Synchronous, as it is the common case.
   * @returns undefined if the token must be verified
   */
  recall(token: string): AccessTokenClaims | undefined {
    if (!this.#options.keys.isFresh()) return undefined;
    const verified = this.#verified.get(token);
    return verified && verified.expiresAt > this.#options.clock() ? verified : undefined;
  }

  /**
   * Verifies a token's signature, issuer, audience, times, and that its subject is a UUID.
   * @throws the problem `invalid-token`, or another error if the keys are unreachable, which says nothing about the token
   */
  async verify(token: string): Promise<AccessTokenClaims> {
    const { apiUrl, keys, clock } = this.#options;
    const kid = readKeyId(token);
    const invalidations = this.#invalidations;
    // Only the published key that the header names, never one that the header contains or points to.
    const key = kid === undefined ? undefined : await keys.find(kid);
    if (!key) throw problems.invalidToken(new Error("the key that signed it is not published"));
    try {
      const { payload } = await jwtVerify(token, await importJWK(key.publicJwk, "RS256"), {
        algorithms: ["RS256"],
        typ: "at+jwt",
        issuer: apiUrl,
        audience: apiUrl,
        requiredClaims: ["sub", "sid", "exp"],
        currentDate: new Date(clock()),
      });
      const { sub: userId, sid: sessionId }: Record<string, unknown> = payload;
      // Both become parts of keys and queries. Ours have these forms.
      if (typeof userId !== "string" || !uuidPattern.test(userId) || typeof sessionId !== "string") {
        throw new Error("its claims are none that we issue");
      }
      const verified = { userId, sessionId, expiresAt: payload.exp! * 1000 };
      // If a key was withdrawn in the meantime, the token must not stay in the cache.
      if (invalidations === this.#invalidations) this.#verified.set(token, verified);
      return verified;
    } catch (error) {
      throw problems.invalidToken(error);
    }
  }

  /** Forgets the verified tokens, after a key was withdrawn. */
  invalidate(): void {
    this.#invalidations += 1;
    this.#verified.clear();
  }
}

/** The key id that an unverified token names. */
function readKeyId(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === "string" ? kid : undefined;
  } catch {
    return undefined;
  }
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
