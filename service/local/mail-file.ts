import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { productName } from "../company.ts";
import type { Mail, MailKind } from "../mail/mail.ts";
import { renderMail } from "../mail/templates.ts";

/** A mail that was kept as a file. */
export interface KeptMail {
  readonly kind: MailKind;
  readonly to: string;
  readonly subject: string;
  /** When it was queued, in ISO 8601. */
  readonly queuedAt: string;
  readonly text: string;
  /** @default its kind has none */
  readonly link?: string;
}

/** Whether a file in the folder of mails is a complete mail. Their names sort by time. */
export const isMailFile = (name: string): boolean => name.endsWith(".eml");

/** The texts contain no such line. */
const boundary = "part-of-a-local-mail";

/** The header with {@link Kept} as JSON, in base64url. */
const mailHeader = "X-Mail";

interface Kept {
  readonly mail: Mail;
  readonly queuedAt: string;
}

/** A mail in the Internet Message Format, with text and HTML. Headers have UTF-8, as RFC 6532 allows. */
export function toMailFile(mail: Mail, now: Date): string {
  const { subject, text, html } = renderMail(mail);
  const toPart = (type: string, content: string) =>
    `--${boundary}\nContent-Type: ${type}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${content}`;
  const kept: Kept = { mail, queuedAt: now.toISOString() };
  return [
    `From: "${productName}" <no-reply@localhost>`,
    `To: ${mail.to}`,
    `Subject: ${subject}`,
    `Date: ${now.toUTCString().replace("GMT", "+0000")}`,
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    `${mailHeader}: ${Buffer.from(JSON.stringify(kept)).toString("base64url")}`,
    "",
    toPart("text/plain", text),
    toPart("text/html", html),
    `--${boundary}--`,
    "",
  ]
    .join("\n")
    .replaceAll("\n", "\r\n");
}

/** The mail in a file; undefined if it is no file of {@link toMailFile}. */
export function parseMailFile(file: string): KeptMail | undefined {
  const [, encoded] = new RegExp(`^${mailHeader}: (.+)\r$`, "m").exec(file) ?? [];
  if (!encoded) return undefined;
  try {
    const { mail, queuedAt } = JSON.parse(Buffer.from(encoded, "base64url").toString()) as Kept;
    const { subject, text } = renderMail(mail);
    const { kind, to } = mail;
    return { kind, to, subject, queuedAt, text, ...("link" in mail && { link: mail.link }) };
  } catch {
    return undefined;
  }
}

/** The mails in a folder, the newest first. None if there is no such folder: the first mail creates it. */
export async function readMails(folder: string): Promise<KeptMail[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const mails = await Promise.all(
    names
      .filter(isMailFile)
      .sort()
      .reverse()
      // Another mail may have just replaced the oldest.
      .map((name) => readFile(join(folder, name), "utf8").then(parseMailFile, () => undefined)),
  );
  return mails.filter((mail) => mail !== undefined);
}
