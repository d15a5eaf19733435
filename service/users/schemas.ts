import * as z from "zod";
import { text } from "../platform/text.ts";
import { canonicalEmail } from "./email.ts";

/** RFC 5321, 4.5.3.1.3: a path has at most 256 octets, including its angle brackets. */
const maxEmailBytes = 254;

const maxNameCharacters = 100;

/** They would reverse the text around a name. */
const directionControls = /[\u202a-\u202e\u2066-\u2069]/;

/** Unicode defines for most characters whether they are visible, but a blank braille pattern counts as a symbol. */
const visible = /[^\p{Z}\p{M}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

export const email = text()
  .refine((value) => Buffer.byteLength(value) <= maxEmailBytes, {
    error: `has more than ${maxEmailBytes} bytes`,
    // The time to encode the domain grows with the square of its length.
    abort: true,
  })
  .refine((value) => canonicalEmail(value) !== undefined, "is not an e-mail address");

/** The name of a person. Characters are counted as code points. */
export const displayName = text()
  .transform((value) => value.normalize("NFC").trim())
  .refine((value) => [...value].length <= maxNameCharacters, `has more than ${maxNameCharacters} characters`)
  .refine((value) => visible.test(value), "must have a visible character")
  .refine((value) => !/\p{Cc}/u.test(value), "must not contain control characters")
  .refine((value) => !directionControls.test(value), "must not change the direction of writing");

export const profileChange = z.strictObject({ name: displayName });

export const exportQuery = z.strictObject({ cursor: text().optional() });
