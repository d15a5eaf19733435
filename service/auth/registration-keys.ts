import { createHmac } from "node:crypto";
import type { Request } from "express";
import { problems } from "../platform/problems.ts";

/** A UUID fits; what is shorter two phones might both think of. */
const wellFormed = /^[\x21-\x7e]{16,128}$/;

/** How long a registration may be sent again: a phone that was offline for a night comes back within a day. */
export const registrationKeyMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Reads the keys by which a phone says that a registration is the one it has sent before
 * (draft-ietf-httpapi-idempotency-key-header). The account keeps a keyed hash: whoever reads the database learns no key.
 */
export class RegistrationKeys {
  readonly #pepper: Buffer;

  /** @param pepper at least 32 secret bytes, the same for all functions of an environment */
  constructor(pepper: Buffer) {
    this.#pepper = pepper;
  }

  /**
   * The hash of the request's `Idempotency-Key`.
   * @returns undefined if it has none
   * @throws the problem `invalid-idempotency-key`
   */
  hashOf(request: Request): string | undefined {
    const key = request.get("idempotency-key");
    if (key === undefined) return undefined;
    if (!wellFormed.test(key)) throw problems.invalidIdempotencyKey();
    return createHmac("sha256", this.#pepper).update(`registration:${key}`).digest("base64url");
  }
}
