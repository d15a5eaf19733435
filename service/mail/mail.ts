/**
 * The mails of the service. The functions of the API queue them as JSON, and the sender renders and sends them: both must agree on
 * this module. It contains nothing that a user wrote but addresses, so that no one can put a text of their own into a mail to others.
 */

/** A mail with a link that expires. */
interface LinkMail {
  /** The page or, on a phone, the part of the app that it opens. It contains a token. */
  readonly link: string;
  /** When the link expires, in ISO 8601. The sender drops a mail that is too late. */
  readonly expiresAt: string;
}

/** What each kind of mail contains besides its recipient. */
export interface MailContents {
  /** Confirms the address of a new account, or of one whose address was never confirmed. */
  "email-verification": LinkMail;
  /** Lets a user who forgot the password choose another. */
  "password-reset": LinkMail;
  /** To the new address: confirms a change of the address. */
  "email-change": LinkMail;
  /** To the old address: someone who knows the password has requested a change of the address. */
  "email-change-requested": object;
  /** To the old address: the address was changed. */
  "email-changed": object;
  /** The password was changed or reset, and other sessions have ended. */
  "password-changed": object;
}

/** A kind of mail that users receive. */
export type MailKind = keyof MailContents;

/** A mail to one address. */
export type Mail = {
  readonly [Kind in MailKind]: { readonly kind: Kind; readonly to: string } & Readonly<MailContents[Kind]>;
}[MailKind];

/**
 * What the queue takes in place of a mail that must not be sent, as for an account that does not exist: the same calls in the same
 * time. The sender discards it.
 */
export interface NoMail {
  readonly kind: "none";
}

/** Where mails wait for their sender. */
export interface MailQueue {
  /** Resolves when the mail is stored. Rejects if the queue does not respond or refuses it. */
  put(mail: Mail | NoMail): Promise<void>;
}
