import { z } from "zod";
import { canonicalEmail } from "./email.ts";

/** RFC 5321, 4.5.3.1.3: a path has at most 256 octets, its angle brackets among them. */
const maxEmailBytes = 254;

/** A string without lone surrogates: those have no UTF-8 form and would not survive being stored. */
export const text = () =>
  z.string("must be a string").refine((value) => value.isWellFormed(), "holds half a surrogate pair");

export const email = text()
  .refine((value) => Buffer.byteLength(value) <= maxEmailBytes, `has more than ${maxEmailBytes} bytes`)
  .refine((value) => canonicalEmail(value) !== undefined, "is not an e-mail address");

/** What a person wants to be called. */
export const displayName = text()
  .transform((value) => value.normalize("NFC").trim())
  .refine((value) => value.length > 0 && value.length <= 100, "must have 1 to 100 characters")
  .refine((value) => !/\p{Cc}/u.test(value), "must not hold control characters");

export const profileChange = z.strictObject({ name: displayName });
