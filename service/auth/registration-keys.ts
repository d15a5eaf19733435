import { createHmac } from "node:crypto";
import type { Request } from "express";
import { problems } from "../platform/problems.ts";
import { listPeppers, type StagedPeppers } from "./peppers.ts";
import type { Registration } from "./schemas.ts";

/** A UUID fits. Two phones might choose the same shorter text. */
const wellFormed = /^[\x21-\x7e]{16,128}$/;

/** How long a registration may be sent again: a phone that was offline for a night is back within a day. */
export const registrationKeyMilliseconds = 24 * 60 * 60 * 1000;

/** Keyed hashes of one text, the current one first. */
export type KeyHashes = readonly [current: string, ...others: string[]];

/**
 * Reads the keys with which a phone marks a registration that it sends again (draft-ietf-httpapi-idempotency-key-header). The
 * account stores a keyed hash, so that the database reveals no key.
 */
export class RegistrationKeys {
  readonly #peppers: readonly Buffer[];

  /** @param peppers the same for all functions of an environment */
  constructor(peppers: StagedPeppers) {
    this.#peppers = listPeppers(peppers);
  }

  /**
   * The hashes of the request's `Idempotency-Key`: first the one to store, then those under which an earlier or later process may have
   * stored it.
   * @returns undefined if there is none
   * @throws the problem `invalid-idempotency-key`
   */
  computeHashes(request: Request): KeyHashes | undefined {
    const key = request.get("idempotency-key");
    if (key === undefined) return undefined;
    if (!wellFormed.test(key)) throw problems.invalidIdempotencyKey();
    return this.#hashes(`registration:${key}`);
  }

  /**
   * The hashes of what a registration sends, by which the same one is recognized, the one to store first. Without the password: its own
   * hash, which is slow, recognizes that.
   */
  computeBodyHashes({ email, name, device }: Registration): KeyHashes {
    return this.#hashes(`registration-body:${JSON.stringify([email, name, device])}`);
  }

  #hashes(text: string): KeyHashes {
    const hash = (pepper: Buffer) => createHmac("sha256", pepper).update(text).digest("base64url");
    return this.#peppers.map(hash) as [string, ...string[]];
  }
}
