import * as z from "zod";
import { linksRoute } from "../contract.ts";
import { canonicalEmail } from "../users/email.ts";
import type { Mail, NoMail } from "./mail.ts";

/** APIs of previews, whose ids AWS chooses: `https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live`. */
const previewApi = /^https:\/\/[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com\/\w+(?=\/)/;

/** What messages of the queue look like. */
export interface MailSchemaOptions {
  /** Base URL of the API, without a trailing slash: a mail links to nothing else. */
  readonly apiUrl: string;
  /** Whether mails may also link to previews. @default `off` */
  readonly mailPreviews?: "on" | "off";
}

/** The schema of messages of the queue. */
export function createMailSchema({ apiUrl, mailPreviews }: MailSchemaOptions) {
  const isOurs = (link: string): boolean => {
    const preview = mailPreviews === "on" ? previewApi.exec(link)?.[0] : undefined;
    return [apiUrl, preview].some((base) => base !== undefined && link.startsWith(`${base}${linksRoute}/`));
  };
  const to = z.string().refine((address) => canonicalEmail(address) !== undefined);
  const notice = { to };
  const linkMail = { to, link: z.string().refine(isOurs), expiresAt: z.iso.datetime() };
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
