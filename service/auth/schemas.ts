import * as z from "zod";
import { text } from "../platform/text.ts";
import { displayName, email } from "../users/schemas.ts";
import { opaqueString } from "./opaque-string.ts";

/** NIST SP 800-63B, 3.1.1.2: at least 64 characters are allowed, and UTF-8 has code points of 4 bytes. */
const maxPasswordBytes = 64 * 4;

const anyPassword = text().refine(
  (value) => Buffer.byteLength(value) <= maxPasswordBytes,
  `has more than ${maxPasswordBytes} bytes`,
);

/** NIST SP 800-63B: at least 8 characters, counted as code points of what is compared, and no rules of composition. */
const newPassword = anyPassword
  .refine((value) => [...opaqueString(value)].length >= 8, "has fewer than 8 characters")
  .refine((value) => !/\p{Cc}/u.test(value), "must not contain control characters");

/** The app's name for its device, for the list of sessions. */
export const device = displayName.optional();

export const registration = z.strictObject({ email, password: newPassword, name: displayName, device });

export type Registration = z.infer<typeof registration>;

/** Looser than registration: an impossible password gets the response of a wrong one, in the same time. */
export const credentials = z.strictObject({
  email: text().max(254, "has more than 254 characters"),
  password: anyPassword,
  device,
});

export const passwordChange = z.strictObject({ current_password: anyPassword, new_password: newPassword });

export const passwordResetRequest = z.strictObject({ email });

/** Loose: whatever is no token gets the response of a token that is not valid. */
const linkToken = text().max(256, "has more than 256 characters");

export const passwordReset = z.strictObject({ token: linkToken, new_password: newPassword });

export const emailConfirmation = z.strictObject({ token: linkToken });

export const emailChange = z.strictObject({ new_email: email, current_password: anyPassword });

export const refreshRequest = z.strictObject({
  refresh_token: text().min(1, "is empty").max(256, "has more than 256 characters"),
});
