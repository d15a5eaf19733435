import { productName, supportEmail } from "../company.ts";
import { escapeHtml } from "../platform/html.ts";
import type { Mail, MailKind } from "./mail.ts";

/** A mail as its recipient reads it. */
export interface RenderedMail {
  readonly subject: string;
  /** Lines end with `\n`. */
  readonly text: string;
  /** A whole document. It loads nothing, and has no colours: each mail program uses its own, light or dark. */
  readonly html: string;
}

/** What a kind of mail says. */
interface Template {
  readonly subject: string;
  /** What has happened. */
  readonly before: string;
  /** The text of the link, if the kind has one. */
  readonly action?: string;
  /** What follows. */
  readonly after: readonly string[];
}

const ignore = "ignore this mail";
const resetIt = `request a new password in the app with "Forgot password". That ends all sessions, and cancels a change of the address.`;

const templates: Readonly<Record<MailKind, Template>> = {
  "email-verification": {
    subject: "Confirm your e-mail address",
    before: `An account at ${productName} uses this address. Open this link to confirm that it is yours:`,
    action: "Confirm this address",
    after: [
      "If you have forgotten your password, confirm this address first. Then request a new password again: we send the link for it only to a confirmed address.",
      `If you have no account at ${productName}, ${ignore}.`,
    ],
  },
  "password-reset": {
    subject: "Choose a new password",
    before: `A new password was requested for the ${productName} account with this address. Open this link to choose one:`,
    action: "Choose a new password",
    after: [
      "The new password ends the sessions on all devices. Do not give the link to anyone: we never ask for it.",
      `If you did not request this, ${ignore}. Your password stays as it is.`,
    ],
  },
  "email-change": {
    subject: "Confirm your new e-mail address",
    before: `An account at ${productName} is to use this address from now on. Open this link to confirm that it is yours:`,
    action: "Confirm this address",
    after: [`If you did not request this, ${ignore}. The account keeps its old address.`],
  },
  "email-change-requested": {
    subject: "Your e-mail address is about to change",
    before: `Another e-mail address was given for your ${productName} account, with your password. It replaces this one as soon as it is confirmed.`,
    after: [`If this was not you, ${resetIt}`],
  },
  "email-changed": {
    subject: "Your e-mail address was changed",
    before: `Your ${productName} account now uses another e-mail address. We no longer send mails about it to this one.`,
    after: [`If this was not you, write to ${supportEmail} immediately.`],
  },
  "password-changed": {
    subject: "Your password was changed",
    before: `The password of your ${productName} account was changed, and all other sessions have ended.`,
    after: [`If this was not you, ${resetIt}`],
  },
};

const footer = `${productName} sends this mail about your account. Replies to it are not read: write to ${supportEmail}.`;

/** Renders a mail in English. */
export function renderMail(mail: Mail): RenderedMail {
  const { subject, before, action, after } = templates[mail.kind];
  const { link, expiresAt } = "link" in mail ? mail : {};
  const paragraphs = [...(expiresAt ? [`The link works until ${formatTime(expiresAt)}.`] : []), ...after];
  return {
    subject: `${subject} – ${productName}`,
    text: `${[before, ...(link ? [link] : []), ...paragraphs, "-- ", footer].join("\n\n").replace("-- \n\n", "-- \n")}\n`,
    html: toDocument(subject, [
      toParagraph(before),
      ...(link ? toLink(link, action!) : []),
      ...paragraphs.map(toParagraph),
      `<hr>\n<p><small>${escapeHtml(footer)}</small></p>`,
    ]),
  };
}

const timeFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

const formatTime = (time: string): string => `${timeFormat.format(new Date(time))} UTC`;

const button =
  "display: inline-block; padding: 0.6em 1.2em; border: 2px solid; border-radius: 0.4em; color: inherit; font-weight: bold; text-decoration: none";

/** The link as a button, and as text for those whose mail program shows none. */
function toLink(link: string, action: string): string[] {
  const href = escapeHtml(link);
  return [
    `<p><a href="${href}" style="${button}">${escapeHtml(action)}</a></p>`,
    `<p>Or copy this address into your browser:<br><a href="${href}" style="word-break: break-all">${href}</a></p>`,
  ];
}

const toParagraph = (text: string): string => `<p>${escapeHtml(text)}</p>`;

const toDocument = (title: string, parts: readonly string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
</head>
<body style="max-width: 36em; margin: 0 auto; padding: 1em; font-family: sans-serif; line-height: 1.5">
<h1 style="font-size: 1.3em">${escapeHtml(title)}</h1>
${parts.join("\n")}
</body>
</html>
`;
