import * as z from "zod";
import { linksRoute } from "../contract.ts";
import { canonicalEmail } from "../users/email.ts";
import type { Mail, NoMail } from "./mail.ts";

/**
 * What messages of the queue look like.
 * @param apiUrl base URL of the API, without a trailing slash: a mail links to nothing else
 */
export function createMailSchema(apiUrl: string) {
  const to = z.string().refine((address) => canonicalEmail(address) !== undefined);
  const notice = { to };
  const linkMail = { to, link: z.string().startsWith(`${apiUrl}${linksRoute}/`), expiresAt: z.iso.datetime() };
  return z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({ kind: z.literal("email-verification"), ...linkMail }),
    z.strictObject({ kind: z.literal("password-reset"), ...linkMail }),
    z.strictObject({ kind: z.literal("email-change"), ...linkMail }),
    z.strictObject({ kind: z.literal("email-change-requested"), ...notice }),
    z.strictObject({ kind: z.literal("email-changed"), ...notice }),
    z.strictObject({ kind: z.literal("password-changed"), ...notice }),
  ]) satisfies z.ZodType<Mail | NoMail>;
}
