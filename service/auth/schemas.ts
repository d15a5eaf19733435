import { z } from "zod";
import { text } from "../platform/text.ts";
import { displayName, email } from "../users/schemas.ts";

/** More would only be work for Argon2id; a passphrase of twenty words fits. */
const maxPasswordBytes = 128;

const anyPassword = text().refine(
  (value) => Buffer.byteLength(value) <= maxPasswordBytes,
  `has more than ${maxPasswordBytes} bytes`,
);

/** NIST SP 800-63B, 5.1.1.2: at least 8 characters, counted as code points, and no rules of composition. */
const newPassword = anyPassword
  .refine((value) => [...value].length >= 8, "has fewer than 8 characters")
  .refine((value) => !/\p{Cc}/u.test(value), "must not hold control characters");

export const registration = z.strictObject({ email, password: newPassword, name: displayName });

/** Looser than registration: what cannot be right is answered as a wrong password, in the same time. */
export const credentials = z.strictObject({
  email: text().max(254, "has more than 254 characters"),
  password: anyPassword,
});

export const refreshRequest = z.strictObject({
  refresh_token: text().min(1, "is empty").max(256, "has more than 256 characters"),
});
