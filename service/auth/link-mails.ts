import type { ServiceDependencies } from "../dependencies.ts";
import type { Mail, MailKind, NoMail } from "../mail/mail.ts";
import type { User } from "../users/repository.ts";
import type { LinkedUser, LinkPurpose } from "./links.ts";

type Needed = Pick<ServiceDependencies, "limits" | "links" | "outbox">;

/**
 * Creates a link, and the mail with it. The same calls are made for an account that does not exist, or that got as many mails as it
 * may: the response and its time tell no one.
 * @param to where the mail goes. For an account that exists, its own spelling of the address, and never that of a request: two
 *   mailboxes may have addresses that we take for one.
 * @param user @default there is no account, and no mail
 * @throws {UnavailableError} if the store of links does not respond
 */
export async function createLinkMail(
  dependencies: Pick<Needed, "limits" | "links">,
  kind: LinkPurpose,
  to: string,
  user?: LinkedUser,
): Promise<Mail | NoMail> {
  const [limits, links] = await Promise.all([dependencies.limits(), dependencies.links()]);
  const [isAllowed, created] = await Promise.all([
    limits.mail(kind, to),
    links.create(kind, user, kind === "email-change" ? to : undefined),
  ]);
  return user && isAllowed ? { kind, to, ...created } : { kind: "none" };
}

/** Queues the mail of {@link createLinkMail}. */
export async function mailLink(dependencies: Needed, kind: LinkPurpose, to: string, user?: LinkedUser): Promise<void> {
  const [outbox, mail] = await Promise.all([dependencies.outbox(), createLinkMail(dependencies, kind, to, user)]);
  await outbox.put(mail);
}

/** Mails that tell users of a change that they may not have made. */
type Notice = Extract<MailKind, "password-changed" | "email-changed" | "email-change-requested">;

/**
 * Tells a user of a change, at the address before it. An address that was never confirmed gets no notices: it may be another person's,
 * who would get as many as the user likes.
 */
export async function notify(
  dependencies: Pick<Needed, "outbox">,
  { email, emailVerifiedAt }: Pick<User, "email" | "emailVerifiedAt">,
  kind: Notice,
): Promise<void> {
  if (emailVerifiedAt === undefined) return;
  await (await dependencies.outbox()).put({ kind, to: email });
}
