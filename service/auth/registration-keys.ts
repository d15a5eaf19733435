import { createHmac } from "node:crypto";
import type { Request } from "express";
import { problems } from "../platform/problems.ts";
import type { Registration } from "./schemas.ts";

/** A UUID fits. Two phones might choose the same shorter text. */
const wellFormed = /^[\x21-\x7e]{16,128}$/;

/** How long a registration may be sent again: a phone that was offline for a night is back within a day. */
export const registrationKeyMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Reads the keys with which a phone marks a registration that it sends again (draft-ietf-httpapi-idempotency-key-header). The
 * account stores a keyed hash, so that the database reveals no key.
 */
export class RegistrationKeys {
  readonly #pepper: Buffer;

  /** @param pepper at least 32 secret bytes, the same for all functions of an environment */
  constructor(pepper: Buffer) {
    this.#pepper = pepper;
  }

  /**
   * The hash of the request's `Idempotency-Key`.
   * @returns undefined if there is none
   * @throws the problem `invalid-idempotency-key`
   */
  computeHash(request: Request): string | undefined {
    const key = request.get("idempotency-key");
    if (key === undefined) return undefined;
    if (!wellFormed.test(key)) throw problems.invalidIdempotencyKey();
    return this.#hash(`registration:${key}`);
  }

  /**
   * The hash of what a registration sends, by which the same one is recognized. Without the password: its own hash, which is slow,
   * recognizes that.
   */
  computeBodyHash({ email, name, device }: Registration): string {
    return this.#hash(`registration-body:${JSON.stringify([email, name, device])}`);
  }

  #hash(text: string): string {
    return createHmac("sha256", this.#pepper).update(text).digest("base64url");
  }
}
